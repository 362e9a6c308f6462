// Ends with 0 when the server of this container is ready, else with 1: the check of its health, which needs no curl.
// The settings of the server say where it listens: QUORATE_PORT, and QUORATE_TLS_CERT when it speaks TLS.
import http from 'node:http';
import https from 'node:https';

const { QUORATE_PORT: port = '5000', QUORATE_TLS_CERT: certificate } = process.env;
const { get } = certificate ? https : http;
// The certificate is for the name that callers use, not for this one; nothing is sent that has to be kept from anybody.
const options = { host: '127.0.0.1', port, path: '/readyz', timeout: 4000, rejectUnauthorized: false };
get(options, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1));
