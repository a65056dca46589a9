/**
 * The module '@aws-appsync/utils/dynamodb': its functions return requests for the data source.
 *
 * They follow the open implementation that is compared with AWS's answers; see
 * tests/aws_setup/local/appsync/recorded/. What is null or was not given is left out.
 * https://docs.aws.amazon.com/appsync/latest/devguide/built-in-modules-js.html
 */

function request(members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));
}

/** The expression of a request's member. What AppSync sends for one that it cannot read is unknown. */
function expressionFor(member, filter) {
  if (filter === undefined || filter === null) return undefined;
  const made = expressionOf(filter) ?? refuse(`The ${member} ${JSON.stringify(filter)}`);
  // Whether AppSync leaves an empty one out is not recorded; DynamoDB refuses it.
  if (made.expression === '') return undefined;
  const { expressionValues, ...rest } = made;
  return Object.keys(expressionValues).length > 0 ? made : rest;
}

/** Paths such as "name" and "nested.field". A name that is there twice keeps its placeholder. */
function projectionExpression(paths) {
  if (!paths || paths.length === 0) return undefined;
  const keys = numbered();
  // How AppSync writes an element of a list is not recorded.
  const step = (text) => text.replace(/^[^[]+/, (attribute) => keys.name(attribute));
  const expression = paths.map((path) => path.split('.').map(step).join('.')).join(', ');
  return { expression, expressionNames: keys.names };
}

function reading(name, { filter, projection, ...rest }) {
  return request({
    operation: name,
    ...rest,
    filter: expressionFor('filter', filter),
    projection: projectionExpression(projection),
  });
}

function writing({ key, condition, ...rest }) {
  return request({ ...rest, key: toMapValues(key), condition: expressionFor('condition', condition) });
}

const WRITES = {
  PutItem: ({ item, ...rest }) => ({ ...rest, attributeValues: toMapValues(item ?? {}) }),
  UpdateItem: ({ update, ...rest }) => ({ ...rest, update: updateExpression(update) }),
  DeleteItem: (rest) => rest,
  ConditionCheck: (rest) => rest,
};

const write = (operation) => (payload) => writing({ operation, ...WRITES[operation](payload) });

/** Each table of a batch with what `convert` makes of its part. */
function tables(payload, convert) {
  return Object.fromEntries(Object.entries(payload.tables).map(([table, part]) => [table, convert(part)]));
}

/** One write of a transaction, such as { putItem: { table, key, item } }. */
function transactItem(item) {
  const [[kind, payload]] = given(item);
  return write(kind[0].toUpperCase() + kind.slice(1))(payload);
}

const projected = ({ projection, ...rest }) => request({ ...rest, projection: projectionExpression(projection) });

modules['@aws-appsync/utils/dynamodb'] = guarded('@aws-appsync/utils/dynamodb', {
  get: ({ key, ...rest }) => projected({ operation: 'GetItem', key: toMapValues(key), ...rest }),
  put: write('PutItem'),
  update: write('UpdateItem'),
  remove: write('DeleteItem'),
  query: ({ query, ...rest }) => reading('Query', { query: expressionFor('query', query), ...rest }),
  scan: (payload) => reading('Scan', payload ?? {}),
  sync: (payload) => reading('Sync', payload ?? {}),
  batchGet: (payload) => ({
    operation: 'BatchGetItem',
    tables: tables(payload, ({ keys, ...rest }) => projected({ keys: keys.map(toMapValues), ...rest })),
  }),
  batchPut: (payload) => ({ operation: 'BatchPutItem', tables: tables(payload, (items) => items.map(toMapValues)) }),
  batchDelete: (payload) => ({ operation: 'BatchDeleteItem', tables: tables(payload, (keys) => keys.map(toMapValues)) }),
  transactGet: ({ items }) => ({
    operation: 'TransactGetItems',
    transactItems: items.map(({ key, ...rest }) => projected({ ...rest, key: toMapValues(key) })),
  }),
  transactWrite: ({ items }) => ({ operation: 'TransactWriteItems', transactItems: items.map(transactItem) }),
  toStringSet: (values) => markedSet({ SS: values }),
  toNumberSet: (values) => markedSet({ NS: values }),
  toBinarySet: (values) => markedSet({ BS: values }),
  operations: guarded('operations', Object.fromEntries(Object.keys(OPERATIONS).map(operation))),
});
