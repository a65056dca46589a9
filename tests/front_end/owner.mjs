/**
 * An owner's front end, with AWS's own client: signs up, confirms, signs in (SRP), lists, changes,
 * subscribes. Reads its configuration and the code from standard input, a JSON line each, and
 * writes what came of each step, a JSON line each.
 */
import { createInterface } from 'node:readline';
import { Amplify } from 'aws-amplify';
import { confirmSignUp, fetchAuthSession, signIn, signUp } from 'aws-amplify/auth';
import { generateClient } from 'aws-amplify/data';

/** The client asks for TLS always, which the embedded AWS has not. */
class LocalWebSocket extends WebSocket {
  constructor(url, protocols) {
    super(url.replace(/^wss:\/\/127\.0\.0\.1/, 'ws://127.0.0.1'), protocols);
  }
}
globalThis.WebSocket = LocalWebSocket;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const write = (step, value) => process.stdout.write(`${JSON.stringify({ step, value })}\n`);

/** What Amplify's own tools write of a model. */
const field = (name, type, isRequired = true) => ({
  name, type, isRequired, isArray: false, attributes: [],
});
const Business = {
  name: 'Business',
  pluralName: 'Businesses',
  syncable: true,
  attributes: [{ type: 'model', properties: {} }],
  primaryKeyInfo: { isCustomPrimaryKey: false, primaryKeyFieldName: 'id', sortKeyFieldNames: [] },
  fields: {
    id: field('id', 'ID'),
    owner: field('owner', 'String', false),
    name: field('name', 'String'),
    email: field('email', 'AWSEmail'),
    groupName: field('groupName', 'String', false),
    createdAt: { ...field('createdAt', 'AWSDateTime', false), isReadOnly: true },
    updatedAt: { ...field('updatedAt', 'AWSDateTime', false), isReadOnly: true },
  },
};

/** The first event of a subscription, once it is connected; act: what brings it about. */
async function firstEvent(subscribe, act) {
  const connected = Promise.withResolvers();
  const event = Promise.withResolvers();
  const error = (refusal) => { connected.reject(refusal); event.reject(refusal); };
  const subscription = subscribe({ next: event.resolve, error });
  const { Hub } = await import('aws-amplify/utils');
  const stop = Hub.listen('api', ({ payload }) => {
    if (payload.event === 'Subscription ack') connected.resolve();
  });
  await connected.promise;
  stop();
  await act();
  const value = await event.promise;
  subscription.unsubscribe();
  return value;
}

const { config, email, password } = await read();
config.API.GraphQL.modelIntrospection = {
  version: 1, models: { Business }, enums: {}, nonModels: {},
};
Amplify.configure(config);
const client = generateClient();

const attributes = { email, 'custom:business_name': 'Kestrel Cycles' };
const signedUp = await signUp({ username: email, password, options: { userAttributes: attributes } });
write('signUp', signedUp.nextStep.signUpStep);
const { code } = await read();
write('confirmSignUp', await confirmSignUp({ username: email, confirmationCode: code }));
write('signIn', await signIn({ username: email, password }));
write('groups', (await fetchAuthSession()).tokens.accessToken.payload['cognito:groups']);

const { data: [mine], errors } = await client.models.Business.list();
write('list', { mine, errors });
write('get', await client.models.Business.get({ id: mine.id }));
write('onUpdate', await firstEvent(
  (observer) => client.models.Business.onUpdate().subscribe(observer),
  () => client.models.Business.update({ id: mine.id, name: 'Kestrel Bikes' }),
));
write('onCreate', await firstEvent(
  (observer) => client.models.Business.onCreate({
    filter: { and: [{ name: { beginsWith: 'K' } }, { createdAt: { gt: mine.createdAt } }] },
  }).subscribe(observer),
  () => client.models.Business.create({ name: 'Kestrel Café', email }),
));
const page = await client.models.Business.list({ limit: 1, filter: { name: { contains: 'Kestrel' } } });
const rest = await client.models.Business.list({ limit: 9, nextToken: page.nextToken });
const since = await client.models.Business.list({ filter: { createdAt: { gt: mine.createdAt } } });
write('since', since.data.map(({ name }) => name));
write('pages', [page.data.map(({ name }) => name), rest.data.map(({ name }) => name)]);
write('delete', (await client.models.Business.delete({ id: page.data[0].id })).data.name);
write('foreign', await client.models.Business.get({ id: 'nobody' }));
process.exit(0);
