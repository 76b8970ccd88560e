/** Paths that are never logged, wherever they occur. */
export const redaction = {
  paths: [
    'accessToken',
    'refreshToken',
    'auth_data',
    'authData',
    '*.accessToken',
    '*.refreshToken',
    '*.authData',
    'headers.authorization',
    '*.headers.authorization',
    'req.headers.authorization',
  ],
  censor: '[redacted]',
};
