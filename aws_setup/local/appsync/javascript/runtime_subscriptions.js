/**
 * `util.transform.toSubscriptionFilter`: the filter that AppSync applies to events. It is a list of
 * groups, and an event passes if all conditions of one group hold.
 *
 * Every operator on a field is an alternative, as is every member of `or`. All fields and all
 * members of `and` must hold together, so their alternatives multiply. Others have found this out
 * with EvaluateCode; AWS's page does not say so in words, and `make verify-aws` checks it.
 * https://docs.aws.amazon.com/appsync/latest/devguide/transformation-helpers-in-utils-transform-js.html
 */

/** Each group of one list combined with each group of the other. */
const multiplied = (ones, others) => ones.flatMap((one) => others.map((other) => [...one, ...other]));

/** The groups of conditions that one member of a filter stands for; none if the member is empty. */
function groupsOfMember([name, value]) {
  if (name === 'and') return asList(value).map(groupsOf).reduce(multiplied, [[]]);
  if (name === 'or') return asList(value).flatMap(groupsOf);
  // This includes `not`: AppSync has no negation here and treats `not` as a field.
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
