/**
 * `util.transform.toSubscriptionFilter`: the filter that AppSync applies to events. It is a list of
 * groups, and an event passes if all conditions of one group hold.
 *
 * Every operator on a field is an alternative, as is every member of `or`. All fields and all
 * members of `and` must hold together, so their alternatives multiply. AWS's answers to EvaluateCode
 * that tests/aws_setup/local/appsync/recorded/ holds show it; its page does not say so in words.
 * https://docs.aws.amazon.com/appsync/latest/devguide/transformation-helpers-in-utils-transform-js.html
 */

/** Each group of one list combined with each group of the other. */
const multiplied = (ones, others) => ones.flatMap((one) => others.map((other) => [...one, ...other]));

/** The groups of conditions that one member of a filter stands for; none if the member is empty. */
function groupsOfMember([name, value], ignored) {
  if (name !== 'and' && name !== 'or') return conditionsOf([name, value]);
  const inner = asList(value).map((member) => groupsOf(member, ignored));
  return name === 'and' ? inner.reduce(multiplied, [[]]) : inner.flat();
}

/** Each operator on a field. This includes `not`: AppSync has no negation here, and takes it for one. */
function conditionsOf([fieldName, operators]) {
  return Object.entries(operators ?? {}).map(([operator, value]) => [{ fieldName, operator, value }]);
}

function groupsOf(filter, ignored) {
  const members = Object.entries(filter ?? {}).filter(([name]) => !ignored.includes(name));
  return members.map((member) => groupsOfMember(member, ignored)).reduce(multiplied, [[]]);
}

/** ignored: names of fields. rules: a filter of which one condition must hold, besides the filter. */
function toSubscriptionFilter(filter, ignored, rules) {
  if (!isObject(filter)) return null;
  const alternatives = rules ? Object.entries(rules).flatMap(conditionsOf) : [[]];
  const groups = multiplied(groupsOf(filter, ignored ?? []), alternatives);
  return { filterGroup: groups.filter((conditions) => conditions.length > 0).map((filters) => ({ filters })) };
}
