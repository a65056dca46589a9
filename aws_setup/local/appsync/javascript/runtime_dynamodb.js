/**
 * `util.dynamodb`, `util.transform` and the module '@aws-appsync/utils/dynamodb'.
 *
 * https://docs.aws.amazon.com/appsync/latest/devguide/dynamodb-helpers-in-util-dynamodb-js.html
 * https://docs.aws.amazon.com/appsync/latest/devguide/built-in-modules-js.html
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
  return Object.defineProperty({ ...attribute }, SET, { value: attribute });
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
});

const ATTRIBUTE_TYPES = {
  _null: 'NULL', string: 'S', stringSet: 'SS', number: 'N', numberSet: 'NS', binary: 'B',
  binarySet: 'BS', boolean: 'BOOL', list: 'L', map: 'M',
};
const COMPARATORS = { eq: '=', ne: '<>', lt: '<', le: '<=', gt: '>', ge: '>=' };
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const asList = (value) => (Array.isArray(value) ? value : [value]);

/**
 * The placeholders of one expression. Two attributes never share one, nor do two values.
 *
 * prefix: keeps the placeholders of a request's expressions apart, since all of them share one map
 * of names and one of values in DynamoDB.
 */
function placeholders(prefix) {
  const names = {};
  const values = {};
  function free(taken, wanted) {
    let key = wanted;
    for (let n = 2; Object.hasOwn(taken, key); n += 1) key = `${wanted}_${n}`;
    return key;
  }
  const safe = (text) => text.replace(/[^A-Za-z0-9_]/g, '_');
  return {
    names,
    values,
    name(attribute) {
      const known = Object.keys(names).find((key) => names[key] === attribute);
      const key = known ?? free(names, `#${prefix}${safe(attribute)}`);
      names[key] = attribute;
      return key;
    },
    value(attribute, operator, value) {
      const key = free(values, `:${prefix}${safe(attribute)}_${operator}`);
      values[key] = toDynamoDB(value);
      return key;
    },
  };
}

/** One operator on one operand, which is an attribute's path or size(path). */
function comparison(keys, operand, attribute, operator, value) {
  const bind = (member) => keys.value(attribute, operator, member);
  if (Object.hasOwn(COMPARATORS, operator)) return `${operand} ${COMPARATORS[operator]} ${bind(value)}`;
  switch (operator) {
    case 'attributeExists':
      return `${value ? 'attribute_exists' : 'attribute_not_exists'}(${operand})`;
    case 'attributeType':
      return `attribute_type(${operand}, ${bind(ATTRIBUTE_TYPES[value] ?? value)})`;
    case 'beginsWith':
      return `begins_with(${operand}, ${bind(value)})`;
    case 'contains':
      return `contains(${operand}, ${bind(value)})`;
    case 'notContains':
      return `NOT contains(${operand}, ${bind(value)})`;
    case 'between':
      return `${operand} BETWEEN ${bind(value[0])} AND ${bind(value[1])}`;
    case 'in':
      return `${operand} IN (${value.map(bind).join(', ')})`;
    case 'size':
      return conjunction(Object.entries(value).map(([of, member]) =>
        comparison(keys, `size(${operand})`, `${attribute}_size`, of, member)));
    default:
      return refuse(`The condition operator "${operator}"`);
  }
}

/** `terms` joined, in brackets if there are several; '' if there are none. */
function joined(terms, word) {
  const said = terms.filter((term) => term !== '');
  return said.length > 1 ? `(${said.join(` ${word} `)})` : (said[0] ?? '');
}

const conjunction = (terms) => joined(terms, 'AND');

/** The operators on one attribute; an object under any other name is a nested attribute. */
function attributeTerms(keys, path, attribute, operators) {
  const given = Object.entries(operators).filter(([, value]) => value !== undefined);
  return given.map(([operator, value]) => {
    if (isObject(value) && operator !== 'size') {
      return conjunction(attributeTerms(keys, `${path}.${keys.name(operator)}`, operator, value));
    }
    return comparison(keys, path, attribute, operator, value);
  });
}

function condition(keys, filter) {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined && value !== null);
  return conjunction(given.map(([key, value]) => {
    if (key === 'and') return conjunction(asList(value).map((part) => condition(keys, part)));
    if (key === 'or') return joined(asList(value).map((part) => condition(keys, part)), 'OR');
    if (key === 'not') return `(NOT ${condition(keys, value)})`;
    return conjunction(attributeTerms(keys, keys.name(key), key, value));
  }));
}

/** The expression with only the names that it uses, because DynamoDB refuses unused ones. */
function expressionOf(keys, expression) {
  const used = match.call(expression, /#\w+/g) ?? [];
  const names = Object.entries(keys.names).filter(([key]) => used.includes(key));
  return {
    expression,
    expressionNames: Object.fromEntries(names),
    expressionValues: keys.values,
  };
}

function conditionExpression(prefix, filter) {
  const keys = placeholders(prefix);
  const expression = condition(keys, filter ?? {});
  return expression === '' ? undefined : expressionOf(keys, expression);
}

util.transform = guarded('util.transform', {
  toSubscriptionFilter,
  toDynamoDBFilterExpression: (filter) => JSON.stringify(conditionExpression('', filter)),
  toDynamoDBConditionExpression: (filter) => JSON.stringify(conditionExpression('', filter)),
});

const OPERATION = Symbol('operation');
const operation = (kind) => (value, index) => ({ [OPERATION]: kind, value, index });
const isOperation = (value) => isObject(value) && OPERATION in value;

/** The clauses of one update: an object is set member by member, anything else as a whole. */
function updateClauses(keys, path, attribute, change, clauses) {
  const set = (text) => clauses.SET.push(text);
  const bind = (value) => keys.value(attribute, 'new', value);
  // It is not documented what increment and append start from if nothing is stored: 0 and [] here.
  const current = (empty) => `if_not_exists(${path}, ${bind(empty)})`;
  if (Array.isArray(change) && change.length > 0 && change.every(isOperation)) {
    for (const item of change) updateClauses(keys, path, attribute, item, clauses);
  } else if (isObject(change) && !isOperation(change) && !isSet(change)) {
    for (const [key, value] of Object.entries(change)) {
      updateClauses(keys, `${path}.${keys.name(key)}`, key, value, clauses);
    }
  } else if (!isOperation(change)) {
    if (change !== undefined) set(`${path} = ${bind(change)}`);
  } else {
    const { value, index } = change;
    const kinds = {
      add: () => set(`${path} = ${bind(value)}`),
      replace: () => set(`${path} = ${bind(value)}`),
      increment: () => set(`${path} = ${current(0)} + ${bind(value ?? 1)}`),
      decrement: () => set(`${path} = ${current(0)} - ${bind(value ?? 1)}`),
      append: () => set(`${path} = list_append(${current([])}, ${bind(value)})`),
      prepend: () => set(`${path} = list_append(${bind(value)}, ${current([])})`),
      updateListItem: () => set(`${path}[${index}] = ${bind(value)}`),
      remove: () => clauses.REMOVE.push(path),
    };
    kinds[change[OPERATION]]();
  }
}

function updateExpression(changes) {
  const keys = placeholders('u_');
  const clauses = { SET: [], REMOVE: [] };
  for (const [attribute, change] of Object.entries(changes)) {
    updateClauses(keys, keys.name(attribute), attribute, change, clauses);
  }
  const used = Object.entries(clauses).filter(([, texts]) => texts.length > 0);
  return expressionOf(keys, used.map(([verb, texts]) => `${verb} ${texts.join(', ')}`).join(' '));
}

/** Paths such as "name" and "nested.list[1]". */
function projectionExpression(paths) {
  if (!paths) return undefined;
  const keys = placeholders('p_');
  const step = (text) => text.replace(/^[^[]+/, (attribute) => keys.name(attribute));
  const expression = paths.map((path) => path.split('.').map(step).join('.')).join(', ');
  return { expression, expressionNames: keys.names };
}

function reading({ filter, projection, ...rest }) {
  return {
    ...rest,
    filter: conditionExpression('f_', filter),
    projection: projectionExpression(projection),
  };
}

function writing(name, { key, condition: only, ...rest }) {
  return { operation: name, key: toMapValues(key), condition: conditionExpression('c_', only), ...rest };
}

modules['@aws-appsync/utils/dynamodb'] = guarded('@aws-appsync/utils/dynamodb', {
  get: ({ key, projection, ...rest }) =>
    ({ operation: 'GetItem', key: toMapValues(key), projection: projectionExpression(projection), ...rest }),
  put: ({ item, ...rest }) => writing('PutItem', { ...rest, attributeValues: toMapValues(item ?? {}) }),
  update: ({ update, ...rest }) => writing('UpdateItem', { ...rest, update: updateExpression(update) }),
  remove: (payload) => writing('DeleteItem', payload),
  query: ({ query, ...rest }) =>
    ({ operation: 'Query', query: conditionExpression('q_', query), ...reading(rest) }),
  scan: (payload) => ({ operation: 'Scan', ...reading(payload ?? {}) }),
  toStringSet: (values) => markedSet({ SS: values }),
  toNumberSet: (values) => markedSet({ NS: values }),
  toBinarySet: (values) => markedSet({ BS: values }),
  operations: guarded('operations', Object.fromEntries(
    ['add', 'append', 'decrement', 'increment', 'prepend', 'remove', 'replace', 'updateListItem']
      .map((kind) => [kind, operation(kind)]))),
});
