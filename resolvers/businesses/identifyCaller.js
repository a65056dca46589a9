/**
 * First step of every field on businesses: stashes who the caller is for the later steps, and refuses
 * a condition that AppSync cannot read. What it sends in place of such a one is not documented, and
 * the later steps rely on theirs.
 */
import { util } from '@aws-appsync/utils';

/**
 * @typedef {Object} Caller
 * @property {string} owner "sub::username", as in the records; '' for a signed (IAM) request.
 * @property {boolean} seesAll Whether other people's businesses are shown too.
 * @property {string[]} groups Of the user pool.
 */
/** @typedef {{ name?: { eq?: string } }} Condition See the schema; only looked at as a whole. */
/** @typedef {import('@aws-appsync/utils').AppSyncIdentityCognito} UserPoolIdentity */
/** @typedef {import('@aws-appsync/utils').AppSyncIdentityIAM} IamIdentity */
/** @typedef {import('@aws-appsync/utils').Context<{ condition?: Condition | null }, { caller: Caller }>} Ctx */

/** No service is called. */
export function request() {
  return { payload: null };
}

/** @param {Ctx} ctx */
export function response(ctx) {
  const identity = /** @type {Partial<IamIdentity & UserPoolIdentity>} */ (ctx.identity ?? {});
  const { sub, username, userArn, cognitoIdentityId } = identity;
  const groups = identity.groups ?? [];
  if (sub && username) {
    ctx.stash.caller = {
      owner: `${sub}::${username}`,
      seesAll: isAdministrator(groups, ctx.env.ADMIN_GROUP_NAME),
      groups,
    };
  } else if (userArn && !sub && !cognitoIdentityId && isTrusted(userArn, ctx.env.TRUSTED_CALLERS)) {
    // With IAM there is the caller's ARN, but no sub. Anybody's policy may allow the field, that of
    // an identity pool's guests too, so only the named roles get further.
    ctx.stash.caller = { owner: '', seesAll: true, groups: [] };
  } else {
    util.unauthorized();
  }
  const { condition } = ctx.args;
  if (condition && (isIncomplete(condition) || !util.transform.toDynamoDBConditionExpression(condition))) {
    util.error('condition lacks a value.', 'InvalidInput', null, { field: 'condition' });
  }
  return null;
}

/**
 * Whether a condition has an operator without a value, or a member without any; see
 * listBusinesses.js.
 *
 * @param {Condition} condition
 */
function isIncomplete(condition) {
  const text = JSON.stringify(condition).replaceAll('\\\\', '').replaceAll('\\"', '');
  const shape = text.split('"').filter((_, i) => i % 2 === 0).join('');
  return shape !== '{}' && ['null', '{}', '[]'].some((part) => shape.indexOf(part) !== -1);
}

/**
 * @param {string[]} groups
 * @param {string | undefined} administrators The group's name; '' if there is none.
 */
function isAdministrator(groups, administrators) {
  return !!administrators && groups.indexOf(administrators) !== -1;
}

/**
 * @param {string} userArn For a role, that of a session: arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION.
 * @param {string | undefined} trusted ARNs of roles and users, with commas between them.
 */
function isTrusted(userArn, trusted) {
  return (trusted ?? '').split(',').some((arn) => arn !== '' && (arn === userArn || userArn.startsWith(sessionsOf(arn))));
}

/**
 * What the ARNs of a role's sessions begin with. They hold its name without its path.
 *
 * @param {string} arn Of a role: arn:aws:iam::ACCOUNT:role/PATH/NAME.
 */
function sessionsOf(arn) {
  const [account = ''] = arn.split(':role/');
  return `${account.replace(':iam:', ':sts:')}:assumed-role/${arn.split('/').pop()}/`;
}
