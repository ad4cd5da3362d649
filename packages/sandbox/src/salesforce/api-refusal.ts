// What the data API says when it will not: always an array, with a code to decide by and a message to read.

export interface ApiError {
  readonly message: string;
  readonly errorCode: string;
  readonly fields?: readonly string[];
}

/** Thrown anywhere below the data road, answered there. */
export class ApiRefusal extends Error {
  readonly status: number;
  readonly errors: readonly ApiError[];

  constructor(status: number, errorCode: string, message: string) {
    super(message);
    this.name = errorCode;
    this.status = status;
    this.errors = [{ message, errorCode }];
  }
}

export function notFound(message = 'The requested resource does not exist'): ApiRefusal {
  return new ApiRefusal(404, 'NOT_FOUND', message);
}

/** The token is unknown, expired or withdrawn: the client may refresh, once. */
export function sessionOver(): ApiRefusal {
  return new ApiRefusal(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
}

/** Rate limiting at Salesforce is a 403 without Retry-After. */
export function limitExceeded(): ApiRefusal {
  return new ApiRefusal(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
}
