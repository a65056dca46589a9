/**
 * `util.dynamodb`, and the operations and expressions of an update.
 *
 * https://docs.aws.amazon.com/appsync/latest/devguide/dynamodb-helpers-in-util-dynamodb-js.html
 */

const orNull = (convert) => (value) => (value === null || value === undefined ? null : convert(value));

function toDynamoDB(value) {
  if (value === null || value === undefined) return { NULL: null };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(toDynamoDB) };
  if (isSet(value)) return value[SET];
  return { M: toMapValues(value) };
}

function toMapValues(value) {
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(present.map(([key, member]) => [key, toDynamoDB(member)]));
}

// The module's toStringSet and similar functions return attribute values that put() and update()
// must not wrap again. The mark is a symbol, so that no item of a resolver can have it by chance.
const SET = Symbol('set');
const isSet = (value) => typeof value === 'object' && value !== null && SET in value;
function markedSet(attribute) {
  return defineProperty({ ...attribute }, SET, { value: attribute });
}

util.dynamodb = guarded('util.dynamodb', {
  toDynamoDB,
  toString: orNull((value) => ({ S: value })),
  toStringSet: orNull((values) => ({ SS: values })),
  toNumber: orNull((value) => ({ N: value })),
  toNumberSet: orNull((values) => ({ NS: values })),
  toBinary: orNull((value) => ({ B: value })),
  toBinarySet: orNull((values) => ({ BS: values })),
  toBoolean: orNull((value) => ({ BOOL: value })),
  toNull: () => ({ NULL: null }),
  toList: orNull((values) => ({ L: values.map(toDynamoDB) })),
  toMap: orNull((value) => ({ M: toMapValues(value) })),
  toMapValues: orNull(toMapValues),
  toS3Object: (key, bucket, region, version) =>
    ({ S: JSON.stringify({ s3: { key, bucket, region, version } }) }),
  // In the words of the guide: a map that contains the key, bucket, region and optional version.
  fromS3ObjectJson: orNull((text) => parseJson(text).s3),
});

// A resolver may put an operation on the stash, so it is known by its type alone.
const OPERATIONS = {
  add: (value) => ({ value }),
  append: (items) => ({ items }),
  decrement: (by = 1) => ({ by }),
  increment: (by = 1) => ({ by }),
  prepend: (items) => ({ items }),
  remove: () => ({}),
  replace: (value) => ({ value }),
  // AWS answers something opaque for this one; what it makes of it in an update was seen.
  updateListItem: (value, index) => ({ value, index }),
};
const operationType = (name) => `OPERATION_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
const OPERATION_TYPES = Object.keys(OPERATIONS).map(operationType);
const isOperation = (value) => isObject(value) && OPERATION_TYPES.includes(value.type);
const operation = (name) => [name, (...given) => ({ type: operationType(name), ...OPERATIONS[name](...given) })];

/** The clauses of one update: an object is set member by member, anything else as a whole. */
function updateClauses(keys, path, change, clauses) {
  const set = (text) => clauses.SET.push(text);
  const { name, value: bind } = keys;
  if (Array.isArray(change) && change.length > 0 && change.every(isOperation)) {
    for (const item of change) updateClauses(keys, path, item, clauses);
  } else if (isObject(change) && !isOperation(change) && !isSet(change)) {
    for (const [key, value] of Object.entries(change)) {
      updateClauses(keys, `${path}.${name(key)}`, value, clauses);
    }
  } else if (!isOperation(change)) {
    if (change !== undefined) set(`${path} = ${bind(change)}`);
  } else {
    const { type, value, by, items, index } = change;
    const kinds = {
      OPERATION_ADD: () => set(`${path} = ${bind(value)}`),
      OPERATION_REPLACE: () => set(`${path} = ${bind(value)}`),
      OPERATION_INCREMENT: () => set(`${path} = ${path} + ${bind(by)}`),
      OPERATION_DECREMENT: () => set(`${path} = ${path} - ${bind(by)}`),
      OPERATION_APPEND: () => set(`${path} = list_append(${path}, ${bind(items)})`),
      OPERATION_PREPEND: () => set(`${path} = list_append(${bind(items)}, ${path})`),
      OPERATION_UPDATE_LIST_ITEM: () => set(`${path}[${index}] = ${bind(value)}`),
      OPERATION_REMOVE: () => clauses.REMOVE.push(path),
    };
    kinds[type]();
  }
}

/** Numbered placeholders, as AppSync writes them in updates. Only its first level is recorded. */
function numbered() {
  const names = {};
  const values = {};
  const next = (taken, prefix) => `${prefix}_${Object.keys(taken).length + 1}`;
  return {
    names,
    values,
    name(attribute) {
      const known = Object.keys(names).find((key) => names[key] === attribute);
      const key = known ?? next(names, '#expName');
      names[key] = attribute;
      return key;
    },
    value(member) {
      const key = next(values, ':expValue');
      values[key] = toDynamoDB(member);
      return key;
    },
  };
}

/** Whether nothing but an attribute is removed, so that its name comes after those that are set. */
const isRemoval = (change) => isOperation(change) && change.type === 'OPERATION_REMOVE';

function updateExpression(changes) {
  const keys = numbered();
  const clauses = { SET: [], REMOVE: [] };
  // DynamoDB refuses a name that the expression does not use.
  const present = given(changes);
  const inOrder = [...present.filter(([, one]) => !isRemoval(one)), ...present.filter(([, one]) => isRemoval(one))];
  for (const [attribute, change] of inOrder) {
    updateClauses(keys, keys.name(attribute), change, clauses);
  }
  const used = Object.entries(clauses).filter(([, texts]) => texts.length > 0);
  const expression = used.map(([verb, texts]) => `${verb} ${texts.join(', ')}`).join(' ');
  return { expression, expressionNames: keys.names, expressionValues: keys.values };
}
