/**
 * `util.transform.toSubscriptionFilter`: a filter as AppSync asks it of events, which is a list of
 * groups, one of which has to hold whole.
 *
 * Every operator on a field is an alternative, as is every member of `or`; fields and the members
 * of `and` hold together, so that the alternatives multiply. Others have found that with
 * EvaluateCode; AWS's page does not say it in words, and `make verify-aws` asks.
 * https://docs.aws.amazon.com/appsync/latest/devguide/transformation-helpers-in-utils-transform-js.html
 */

/** Each group of the one list together with each of the other. */
const multiplied = (ones, others) => ones.flatMap((one) => others.map((other) => [...one, ...other]));

/** The groups of conditions that one member of a filter stands for; none where it says nothing. */
function groupsOfMember([name, value]) {
  if (name === 'and') return asList(value).map(groupsOf).reduce(multiplied, [[]]);
  if (name === 'or') return asList(value).flatMap(groupsOf);
  // `not` too: AppSync knows no negation here, and takes it for a field.
  return Object.entries(value ?? {}).map(([operator, operand]) => [{ fieldName: name, operator, value: operand }]);
}

function groupsOf(filter) {
  return Object.entries(filter ?? {}).map(groupsOfMember).reduce(multiplied, [[]]);
}

function toSubscriptionFilter(filter, ...more) {
  if (more.length > 0) refuse('util.transform.toSubscriptionFilter with rules');
  const groups = groupsOf(filter).filter((conditions) => conditions.length > 0);
  return { filterGroup: groups.map((filters) => ({ filters })) };
}
