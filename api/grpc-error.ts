import { isGrpcServiceError, ServiceError } from '@temporalio/client';

/** Returns Temporal's own refusal, which its client wraps. @returns null for any other error */
export function grpcErrorOf(error: unknown): { readonly code: number; readonly details: string } | null {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) ? cause : null;
}
