// node examples/agree.mjs URL AGENT: takes part in the group "lunch" until it agrees, and prints the decision.
import { connect } from 'quorate/client';

const [url, agent] = process.argv.slice(2);
const lunch = connect({ url }).group('lunch');
const { value } = await lunch.agree({ agent, propose: () => 1 + Math.floor(Math.random() * 3) });
console.log(value);
