/** Paths that are never written to a log, wherever they turn up. */
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
