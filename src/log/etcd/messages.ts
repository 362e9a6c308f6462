import protobuf from 'protobufjs';

/**
 * The part of etcd's v3 wire protocol that the log uses. Field numbers are etcd's and never change;
 * fields we neither send nor read are left out, which protobuf allows. The text is kept in the
 * program because the compiler does not copy other files into the package.
 */
const schema = `
syntax = "proto3";
message Header { uint64 member_id = 2; int64 revision = 3; }
message KeyValue { bytes key = 1; int64 create_revision = 2; int64 mod_revision = 3; int64 version = 4; bytes value = 5; }

message RangeRequest {
  bytes key = 1; bytes range_end = 2; int64 revision = 4;
  int32 sort_order = 5; int32 sort_target = 6; bool keys_only = 8;
  int64 min_mod_revision = 10; int64 max_mod_revision = 11;
}
message RangeResponse { Header header = 1; repeated KeyValue kvs = 2; }
message PutRequest { bytes key = 1; bytes value = 2; int64 lease = 3; }
message PutResponse { Header header = 1; }
message DeleteRangeRequest { bytes key = 1; bytes range_end = 2; }
message DeleteRangeResponse { Header header = 1; int64 deleted = 2; }

message RequestOp { oneof request { RangeRequest range = 1; PutRequest put = 2; DeleteRangeRequest delete = 3; } }
message ResponseOp { oneof response { RangeResponse range = 1; PutResponse put = 2; DeleteRangeResponse delete = 3; } }
message Compare {
  int32 result = 1; int32 target = 2; bytes key = 3; bytes range_end = 64;
  oneof target_union { int64 version = 4; int64 create_revision = 5; int64 mod_revision = 6; bytes value = 7; }
}
message TxnRequest { repeated Compare compare = 1; repeated RequestOp success = 2; repeated RequestOp failure = 3; }
message TxnResponse { Header header = 1; bool succeeded = 2; repeated ResponseOp responses = 3; }
message CompactionRequest { int64 revision = 1; }
message CompactionResponse { Header header = 1; }

message WatchCreateRequest {
  bytes key = 1; bytes range_end = 2; int64 start_revision = 3;
  repeated int32 filters = 5 [packed = true]; bool fragment = 8;
}
message WatchRequest { oneof request { WatchCreateRequest create = 1; } }
message Event { int32 type = 1; KeyValue kv = 2; }
message WatchResponse {
  Header header = 1; bool created = 3; bool canceled = 4; int64 compact_revision = 5;
  string cancel_reason = 6; bool fragment = 7; repeated Event events = 11;
}

message LeaseGrantRequest { int64 ttl = 1; int64 id = 2; }
message LeaseGrantResponse { Header header = 1; int64 id = 2; int64 ttl = 3; string error = 4; }
message LeaseRevokeRequest { int64 id = 1; }
message LeaseRevokeResponse { Header header = 1; }
message LeaseKeepAliveRequest { int64 id = 1; }
message LeaseKeepAliveResponse { Header header = 1; int64 id = 2; int64 ttl = 3; }

message StatusRequest {}
message StatusResponse {
  Header header = 1; string version = 2; uint64 leader = 4; uint64 raft_term = 6; repeated string errors = 8;
  int64 db_size_in_use = 9; bool is_learner = 10; int64 db_size_quota = 12;
}

message Member { uint64 id = 1; string name = 2; repeated string client_urls = 4; }
message MemberListRequest {}
message MemberListResponse { repeated Member members = 2; }

message AuthenticateRequest { string name = 1; string password = 2; }
message AuthenticateResponse { Header header = 1; string token = 2; }
`;

export interface Header {
  /** As `leader` below. */
  memberId: number;
  revision: number;
}
export interface KeyValue {
  key: Uint8Array;
  createRevision: number;
  modRevision: number;
  version: number;
  value: Uint8Array;
}
export interface RangeRequest {
  key: Uint8Array;
  rangeEnd?: Uint8Array;
  revision?: number;
  sortOrder?: number;
  sortTarget?: number;
  keysOnly?: boolean;
  minModRevision?: number;
  maxModRevision?: number;
}
export interface RangeResponse {
  header: Header;
  kvs: KeyValue[];
}
export interface PutRequest {
  key: Uint8Array;
  value: Uint8Array;
  lease?: number;
}
interface DeleteRangeRequest {
  key: Uint8Array;
  rangeEnd?: Uint8Array;
}
export type RequestOp = { range: RangeRequest } | { put: PutRequest } | { delete: DeleteRangeRequest };
export interface Compare {
  result: number;
  target: number;
  key: Uint8Array;
  rangeEnd?: Uint8Array;
  version?: number;
  createRevision?: number;
  modRevision?: number;
  value?: Uint8Array;
}
export interface TxnRequest {
  compare: Compare[];
  success: RequestOp[];
  failure: RequestOp[];
}
export interface TxnResponse {
  header: Header;
  succeeded: boolean;
  responses: { range?: RangeResponse }[];
}
export interface WatchRequest {
  create: {
    key: Uint8Array;
    rangeEnd: Uint8Array;
    startRevision: number;
    filters: number[];
    fragment: boolean;
  };
}
export interface WatchResponse {
  header: Header;
  created: boolean;
  canceled: boolean;
  compactRevision: number;
  cancelReason: string;
  fragment: boolean;
  events: { type: number; kv: KeyValue }[];
}
export interface StatusResponse {
  header: Header;
  version: string;
  /** The id of the leader that the member knows, 0 for none. Ids have 64 bits: as numbers they serve to be compared only. */
  leader: number;
  raftTerm: number;
  isLearner: boolean;
  dbSizeInUse: number;
  /** 0 where the release does not tell it. */
  dbSizeQuota: number;
  /** What is wrong with the member; alarms of all members are among it. */
  errors: string[];
}

export interface MemberListResponse {
  /** A member that has never started has no name and no addresses. */
  members: { id: number; name: string; clientUrls: string[] }[];
}

/** One remote procedure: its gRPC path and how its two messages turn into bytes and back. */
export interface Method<Request, Response> {
  readonly path: string;
  encode(request: Request): Buffer;
  decode(bytes: Buffer): Response;
}

const types = protobuf.parse(schema).root;
const asObject = { longs: Number, defaults: true, arrays: true };

function method<Request extends object, Response>(
  service: string,
  name: string,
  messages = name,
): Method<Request, Response> {
  const request = types.lookupType(`${messages}Request`);
  const response = types.lookupType(`${messages}Response`);
  return {
    path: `/etcdserverpb.${service}/${name}`,
    encode: (message) => request.encode(message).finish() as Buffer,
    decode: (bytes) => response.toObject(response.decode(bytes), asObject) as Response,
  };
}

export const methods = {
  range: method<RangeRequest, RangeResponse>('KV', 'Range'),
  put: method<PutRequest, { header: Header }>('KV', 'Put'),
  txn: method<TxnRequest, TxnResponse>('KV', 'Txn'),
  compact: method<{ revision: number }, { header: Header }>('KV', 'Compact', 'Compaction'),
  watch: method<WatchRequest, WatchResponse>('Watch', 'Watch'),
  leaseGrant: method<{ ttl: number; id: number }, { id: number; ttl: number }>('Lease', 'LeaseGrant'),
  leaseRevoke: method<{ id: number }, { header: Header }>('Lease', 'LeaseRevoke'),
  leaseKeepAlive: method<{ id: number }, { id: number; ttl: number }>('Lease', 'LeaseKeepAlive'),
  status: method<object, StatusResponse>('Maintenance', 'Status'),
  memberList: method<object, MemberListResponse>('Cluster', 'MemberList'),
  authenticate: method<{ name: string; password: string }, { token: string }>('Auth', 'Authenticate'),
} as const;

function equal(target: number, key: Uint8Array, to: Partial<Compare>): Compare {
  return { result: 0, target, key, ...to };
}

/** Compares for a transaction; all must hold. An absent key has version, create and mod revision 0. */
export const when = {
  version: (key: Uint8Array, version: number) => equal(0, key, { version }),
  createRevision: (key: Uint8Array, createRevision: number) => equal(1, key, { createRevision }),
  /** Holds for a range without any key that was created after this revision. */
  noneCreatedAfter: (range: { key: Uint8Array; rangeEnd: Uint8Array }, revision: number): Compare => ({
    result: 2,
    target: 1,
    ...range,
    createRevision: revision + 1,
  }),
  modRevision: (key: Uint8Array, modRevision: number) => equal(2, key, { modRevision }),
  /** Never holds for an absent key. */
  value: (key: Uint8Array, value: Uint8Array) => equal(3, key, { value }),
};

/** Sorting of a range by the revision that last wrote each key, oldest first. */
export const byRevision = { sortOrder: 1, sortTarget: 3 } as const;

/** Watch filter that leaves deletions out. */
export const withoutDeletes = 1;
