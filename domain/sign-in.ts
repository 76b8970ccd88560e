/** How users are told apart, as far as it is configured. */
interface SignInSettings {
  readonly jwtSecret: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly oidc?: object | null;
}

/** Whether there is one local user and no sign-in. */
export function isLocal({ jwtSecret, jwksUrl, oidc }: SignInSettings): boolean {
  return jwtSecret === undefined && jwksUrl === undefined && (oidc ?? null) === null;
}
