import type { PasswordService } from '../domain/password/password.service.ts'
import type { Form } from './form.ts'
import type { FormPages } from './form-again.ts'

type Policy = Pick<PasswordService, 'policy' | 'requirementsText'>

/** For every form: how to show it again, with what was typed, when it could not be accepted. */
export function listFormPages({ policy, requirementsText: policyText }: Policy): FormPages {
  return {
    '/login': { view: 'pages/login', toModel: leaveOutForeign },
    '/logout': { view: 'pages/logout' },
    '/reauthenticate': { view: 'pages/reauthenticate', toModel: toProofPage(['password']) },
    '/register': { view: 'pages/register', toModel: () => ({ policy, policyText }) },
    '/verify-email': {
      view: 'pages/verify-email',
      // Without an email: whoever sent the form may have put anybody's there.
      toModel: (form, { token = '', password, password_field }) => ({
        state: 'confirm',
        passwordField: password === undefined ? 'none' : password_field === 'new' ? 'new' : 'chosen',
        policy,
        policyText,
        form: { ...form, values: { token } },
      }),
    },
    '/verify-email/code': {
      view: 'pages/registered',
      toModel: (_form, { email = '' }) => ({ email, mayTypeCode: true }),
    },
    '/verify-email/resend': { view: 'pages/verify-email', toModel: () => ({ state: 'ask' }) },
    '/forgot-password': { view: 'pages/forgot-password', toModel: () => ({ state: 'ask' }) },
    '/reset-password': {
      view: 'pages/reset-password',
      toModel: (form, { token = '' }) => ({
        state: 'choose',
        isProof: false,
        policy,
        policyText,
        form: { ...form, values: { token } },
      }),
    },
    '/not-me': {
      view: 'pages/not-me',
      toModel: (form, { token = '' }) => ({ state: 'ask', form: { ...form, values: { token } } }),
    },
    '/account/profile': { view: 'pages/profile' },
    '/admin/users/new': { view: 'pages/new-user' },
    '/admin/users/:id/edit': { view: 'pages/edit-user' },
    '/admin/users/:id/deactivate': { view: 'pages/deactivate-user' },
    '/account/email': { view: 'pages/email', toModel: toEmailPage },
    '/account/email/code': {
      view: 'pages/email',
      toModel: (_form, { email = '' }, isForeign) => ({ state: 'pending', email: isForeign ? '' : email }),
    },
    '/account/email/confirm': {
      view: 'pages/confirm-email',
      toModel: (form, { token = '' }) => ({ state: 'confirm', form: { ...form, values: { token } } }),
    },
    '/undo-email-change': {
      view: 'pages/undo-email-change',
      toModel: (form, { token = '' }) => ({ state: 'changed', form: { ...form, values: { token } } }),
    },
    '/account/data/delete': { view: 'pages/delete-account' },
    '/account/password': {
      view: 'pages/password',
      toModel: (_form, typed) => ({
        email: null,
        hasPassword: typed.current_password !== undefined,
        suggestion: null,
        policy,
        policyText,
      }),
    },
    '/auth/oauth/google': { view: 'pages/login', toModel: leaveOutForeign },
    '/auth/oauth/google/reauthenticate': {
      view: 'pages/reauthenticate',
      toModel: toProofPage(['google']),
    },
  }
}

/** Nobody moves to an address that another site typed for them. */
function toEmailPage(form: Form, _typed: unknown, isForeign: boolean) {
  return { state: 'ask', email: null, form: isForeign ? { ...form, values: {} } : form }
}

/** What another site put there would go on with the password of whoever is asked. */
function leaveOutForeign(form: Form, _typed: unknown, isForeign: boolean) {
  const { typed, ...values } = form.values
  return { form: isForeign ? { ...form, values } : form }
}

function toProofPage(proofs: string[]) {
  return (...given: Parameters<typeof leaveOutForeign>) => ({
    email: null,
    proofs,
    ...leaveOutForeign(...given),
  })
}
