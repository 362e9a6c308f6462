// node examples/poker/room.mjs ROOM STORY TITLE [NAMES]: opens a room of planning poker for a story, or moves the room on to it.
import { connect } from 'quorate/client';

const [room, story, title, names] = process.argv.slice(2);
if (title === undefined)
  fail('usage: node examples/poker/room.mjs ROOM STORY TITLE [NAMES, separated by commas]');
const url = (process.env.QUORATE_URL ?? 'http://127.0.0.1:5000').replace(/\/$/, '');
const group = connect({ url }).group(room);

const cards = [1, 2, 3, 5, 8, 13, 21];
// Without names it is who was there for the last story.
const agents = names?.split(',') ?? (await group.show().catch(noRoom)).rule.electorate.agents;
await group.create({
  title,
  preset: 'poker',
  rule: { electorate: { agents }, options: cards.map((value) => ({ value })) },
  // Another story ends what is open, and opens the next round.
  subjectHash: story,
});
const { round, missing } = await group.round('latest');
console.log(`${story}, round ${round}: ${title}`);
console.log(`waiting for ${missing.join(', ')}`);
console.log(`vote at  ${url}/g/${room}/vote`);
console.log(`wall at  ${url}/g/${room}?view=wall`);

function noRoom(error) {
  if (error.code === 'group-not-found')
    fail(`there is no room ${room} yet: name those who estimate, as in ann,bo,cy`);
  throw error;
}

function fail(why) {
  console.error(why);
  process.exit(2);
}
