<?php
// Made by bindings/php/declarations.py from capi/trunkline.ffi.h; never edited.

declare(strict_types=1);

namespace Trunkline;

/** How a call of the library ended; see trunkline.h for what each one means. */
final class Status
{
    public const OK = 0;
    public const INVALID_ARGUMENT = -1;
    public const INVALID_JSON = -2;
    public const INVALID_BUNDLE = -3;
    public const UNKNOWN_OPERATION = -4;
    public const INSECURE_URL = -5;
    public const RESOLVE_FAILED = -20;
    public const CONNECT_FAILED = -21;
    public const TLS_FAILED = -22;
    public const TIMEOUT = -23;
    public const CONNECTION_LOST = -24;
    public const CANCELED = -25;
    public const TOO_LARGE = -26;
    public const PROTOCOL_ERROR = -27;
    public const OUTCOME_UNKNOWN = -28;
    public const BAD_REQUEST = -40;
    public const UNAUTHORIZED = -41;
    public const PAYMENT_REQUIRED = -42;
    public const FORBIDDEN = -43;
    public const NOT_FOUND = -44;
    public const CONFLICT = -45;
    public const PRECONDITION_FAILED = -46;
    public const UNPROCESSABLE = -47;
    public const RATE_LIMITED = -48;
    public const SERVER_ERROR = -49;
    public const UNEXPECTED_STATUS = -50;
    public const EMPTY_ANSWER = -51;
    public const MISTYPED_ANSWER = -52;
    public const LIST_UNSTABLE = -53;
    public const CIRCUIT_OPEN = -54;
    public const STORE_UNAVAILABLE = -70;
    public const STORE_READ_ONLY = -71;
    public const STORE_FULL = -72;
    public const STORE_CORRUPT = -73;
    public const STORE_NEWER = -74;
    public const STORE_LOCKED = -75;
    public const WRONG_ENVIRONMENT = -76;
    public const KEY_UNAVAILABLE = -77;
    public const UNSEAL_FAILED = -78;
    public const BACKUP_FAILED = -79;
    public const STALE_PLAN = -90;
    public const MERGE_CONFLICT = -91;
    public const GUARD_REFUSED = -92;
    public const PARTIAL = -93;
    public const VERIFY_FAILED = -94;
    public const DANGLING_REFERENCE = -95;
    public const UNKNOWN_RELEASE = -96;
    public const INTERNAL = -120;
    public const FORKED = -200;
    public const NO_MEMORY = -201;
    public const BUFFER_TOO_SMALL = -202;
    public const CLOSING = -203;
    public const MASKER_LIMIT = -204;
    public const MASKER_INTERNAL = -205;
    public const LEASE_GONE = -206;
}
