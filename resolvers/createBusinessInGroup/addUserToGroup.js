/**
 * Step 2 of Mutation.createBusinessInGroup, on Cognito over HTTP: puts the user in the group.
 * Cognito also answers 200 if the user is already a member, so the step may run twice.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminAddUserToGroup.html
 */
import { util } from '@aws-appsync/utils';

/** @typedef {{ groupName: string, username: string }} Args */
/** @typedef {import('@aws-appsync/utils').HTTPResult} HTTPResult */
/** @typedef {import('@aws-appsync/utils').Context<Args, {}, undefined, undefined, HTTPResult>} Ctx */
/** @typedef {{ UserPoolId: string | undefined, Username: string, GroupName: string }} Membership */

/**
 * @param {Ctx} ctx
 * @returns {import('@aws-appsync/utils').HTTPRequest<Membership>}
 */
export function request(ctx) {
  const { groupName, username } = ctx.args;
  if (!isAllowed(groupName, ctx.env.ALLOWED_GROUPS)) {
    util.error(`Group "${groupName}" is not in ALLOWED_GROUPS of this API.`, 'GroupNotAllowed');
  }
  return {
    method: 'POST',
    resourcePath: '/',
    params: {
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.AdminAddUserToGroup',
      },
      body: { UserPoolId: ctx.env.USER_POOL_ID, Username: username, GroupName: groupName },
    },
  };
}

/** @param {Ctx} ctx */
export function response(ctx) {
  if (ctx.error) util.error(ctx.error.message, ctx.error.type);
  // AppSync passes a refusal by Cognito on as a result, not as ctx.error. A 200 has no body.
  const { statusCode, body } = ctx.result;
  if (statusCode !== 200) {
    const { type, message } = refusal(statusCode, body);
    util.error(message, type);
  }
  return true;
}

/**
 * @param {string} groupName
 * @param {string | undefined} allowedGroups Comma-separated; spaces around a name do not count.
 */
function isAllowed(groupName, allowedGroups) {
  const names = (allowedGroups ?? '').split(',').map((name) => name.trim());
  return groupName !== '' && names.indexOf(groupName) !== -1;
}

/**
 * Cognito's own error type and message, or the HTTP status in place of one that the body lacks.
 * JSON.parse gives '' for invalid JSON in APPSYNC_JS.
 * https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html
 *
 * @param {number} statusCode
 * @param {string | null | undefined} body
 */
function refusal(statusCode, body) {
  /** @type {{ __type?: string, message?: string, Message?: string }} */
  const { __type, message, Message } = JSON.parse(body ?? '') || {};
  return {
    // The type can have a namespace in front: "com.amazonaws.cognito...#UserNotFoundException".
    type: (__type ?? '').split('#').pop() || `HttpStatus${statusCode}`,
    message: message || Message || `Cognito answered with HTTP status ${statusCode}.`,
  };
}
