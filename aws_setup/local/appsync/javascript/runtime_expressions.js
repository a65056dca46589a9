/**
 * Conditions and filters as DynamoDB's expressions, in the words in which AppSync writes them.
 *
 * They follow AWS's own answers in tests/aws_setup/local/appsync/recorded/. AWS also answers with
 * expressions that DynamoDB refuses, such as "(NOT )", and with null for what it cannot read.
 * https://docs.aws.amazon.com/appsync/latest/devguide/transformation-helpers-in-utils-transform-js.html
 */

const ATTRIBUTE_TYPES = {
  _null: 'NULL', string: 'S', stringSet: 'SS', number: 'N', numberSet: 'NS', binary: 'B',
  binarySet: 'BS', boolean: 'BOOL', list: 'L', map: 'M',
};
const COMPARATORS = { eq: '=', ne: '<>', lt: '<', le: '<=', gt: '>', ge: '>=' };
const FUNCTIONS = { contains: 'contains', notContains: 'NOT contains', beginsWith: 'begins_with' };
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const asList = (value) => (Array.isArray(value) ? value : [value]);
const given = (filter) => Object.entries(filter).filter(([, value]) => value !== undefined);

/** A filter that AppSync does not render. */
class Unreadable extends Error {}

function readable(isReadable, value) {
  if (!isReadable) throw new Unreadable();
  return value;
}

/** `terms` joined; in brackets if there are several. An empty one leaves its joiner hanging. */
const grouped = (terms, word) => (terms.length > 1 ? `(${terms.join(` ${word} `)})` : terms.join(''));

/**
 * One operator on one operand.
 *
 * operand: an attribute's placeholder, or size() of it. name: what the names of values begin with.
 */
function comparison(values, operand, name, operator, value) {
  const bind = (suffix, member) => {
    values[`:${name}_${suffix}`] = toDynamoDB(member);
    return `:${name}_${suffix}`;
  };
  if (Object.hasOwn(COMPARATORS, operator)) {
    return `(${operand} ${COMPARATORS[operator]} ${bind(operator, value)})`;
  }
  if (Object.hasOwn(FUNCTIONS, operator)) {
    return `(${FUNCTIONS[operator]}(${operand},${bind(operator, value)}))`;
  }
  switch (operator) {
    case 'attributeExists':
      readable(typeof value === 'boolean');
      return `(${value ? 'attribute_exists' : 'attribute_not_exists'}(${operand}))`;
    case 'attributeType':
      readable(Object.hasOwn(ATTRIBUTE_TYPES, value));
      return `(attribute_type(${operand},${bind(operator, ATTRIBUTE_TYPES[value])}))`;
    case 'between': {
      const [start, end] = readable(Array.isArray(value) && value.length > 1, value);
      return `(${operand} BETWEEN ${bind('between_start', start)} AND ${bind('between_end', end)})`;
    }
    case 'in': {
      const bound = readable(Array.isArray(value), value).map((member, i) => bind(`in_${i}`, member));
      return bound.length > 0 ? `(${operand} IN (${bound.join(', ')}))` : '(null)';
    }
    case 'size': {
      const size = operand.startsWith('size(') ? operand : `size(${operand})`;
      return comparisons(values, size, `${name}_size`, value);
    }
    default:
      throw new Unreadable();
  }
}

function comparisons(values, operand, name, operators) {
  readable(isObject(operators));
  return grouped(
    given(operators).map(([operator, value]) => comparison(values, operand, name, operator, value)),
    'AND',
  );
}

/** The terms of a filter. path: "" or the groups around it, such as "and_0_or_1_". */
function terms(keys, filter, path) {
  const whole = (member, inner) => terms(keys, member, inner).join(' AND ');
  return given(readable(isObject(filter), filter)).map(([key, value]) => {
    if (key === 'and' || key === 'or') {
      readable(Array.isArray(value));
      return grouped(value.map((member, i) => whole(member, `${path}${key}_${i}_`)), key.toUpperCase());
    }
    // That several fields are bracketed here too is not recorded: they are what is negated.
    if (key === 'not') return `(NOT ${grouped(terms(keys, value, `${path}not_`), 'AND')})`;
    keys.expressionNames[`#${key}`] = key;
    return comparisons(keys.expressionValues, `#${key}`, `${path}${key}`, value);
  });
}

/** The expression of a filter with its names and values; null if AppSync cannot read the filter. */
function expressionOf(filter) {
  const keys = { expressionNames: {}, expressionValues: {} };
  try {
    return { expression: terms(keys, filter, '').join(' AND '), ...keys };
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

function expressionText(filter) {
  const made = expressionOf(filter);
  return made && JSON.stringify(made);
}

util.transform = guarded('util.transform', {
  toSubscriptionFilter,
  toDynamoDBFilterExpression: expressionText,
  toDynamoDBConditionExpression: expressionText,
});
