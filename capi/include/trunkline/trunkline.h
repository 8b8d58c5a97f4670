#ifndef TRUNKLINE_TRUNKLINE_H
#define TRUNKLINE_TRUNKLINE_H

/**
 * The C interface of Trunkline. C99; also valid C++.
 *
 * What every function keeps to:
 * - A released function, value or field never changes. New ones are added; `@since` says when.
 * - Strings come in as pointer and length and are copied; they need no terminating zero and may be NULL if the length
 *   is 0. What names something (a service, tenant, group, folder, key) has up to 65,536 bytes. Strings that come out as
 *   `const char *` belong to the object they were asked from.
 * - Handles are opaque. `_open` makes one, `_close` ends it; closing NULL does nothing. A handle must not be used while
 *   or after it is closed. `const` handles may be used by several threads at once.
 * - Statuses are TRUNKLINE_OK or negative. Where a function takes `trunkline_error **error`, that may be NULL; after a
 *   failure it owns an error, to be released by trunkline_error_free(); after success it is NULL.
 * - No function throws, prints, exits, or calls back from a thread of the library.
 * - After fork() spaces, breakers, limiters, leases and maskers go on working in both processes. A client and a cache do
 *   not: in the child every function of it answers TRUNKLINE_E_FORKED, and closing it only forgets it.
 * - exit() may come while clients are open and at work: their requests are cancelled, with the guarantees of a crash, and
 *   their threads have ended (5 s at most) before the exit handlers run that were registered earlier. From then on
 *   clients answer TRUNKLINE_E_CLOSING. If nobody has used OpenSSL in the process before the first client is opened,
 *   OpenSSL's own exit handler is not installed, so that nothing is taken apart under threads that are still inside.
 */

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) || !defined(__GNUC__)
#define TRUNKLINE_API
#else
#define TRUNKLINE_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- statuses and errors -------------------------------------------------------------------------------------- */

typedef int32_t trunkline_status;

/** What went wrong, by what a caller can do about it. */
enum {
    TRUNKLINE_OK = 0,
    /* The caller's input. */
    TRUNKLINE_E_INVALID_ARGUMENT = -1, /**< A parameter is missing, unknown or malformed; nothing was done. */
    TRUNKLINE_E_INVALID_JSON = -2,     /**< A text is not JSON; the message names line and column. */
    TRUNKLINE_E_INVALID_BUNDLE = -3,   /**< A file of an account is unreadable or contradicts itself. */
    TRUNKLINE_E_UNKNOWN_OPERATION = -4,
    TRUNKLINE_E_INSECURE_URL = -5, /**< Plain http to a host that is not loopback. */
    /* No complete answer. */
    TRUNKLINE_E_RESOLVE_FAILED = -20,
    TRUNKLINE_E_CONNECT_FAILED = -21,
    TRUNKLINE_E_TLS_FAILED = -22,
    TRUNKLINE_E_TIMEOUT = -23,
    TRUNKLINE_E_CONNECTION_LOST = -24,
    TRUNKLINE_E_CANCELED = -25,
    TRUNKLINE_E_TOO_LARGE = -26,
    TRUNKLINE_E_PROTOCOL_ERROR = -27,
    TRUNKLINE_E_OUTCOME_UNKNOWN = -28, /**< It was sent, no answer came, and it must not be repeated blindly. */
    /* The service answered. */
    TRUNKLINE_E_BAD_REQUEST = -40,
    TRUNKLINE_E_UNAUTHORIZED = -41,
    TRUNKLINE_E_PAYMENT_REQUIRED = -42,
    TRUNKLINE_E_FORBIDDEN = -43,
    TRUNKLINE_E_NOT_FOUND = -44,
    TRUNKLINE_E_CONFLICT = -45,
    TRUNKLINE_E_PRECONDITION_FAILED = -46,
    TRUNKLINE_E_UNPROCESSABLE = -47,
    TRUNKLINE_E_RATE_LIMITED = -48,
    TRUNKLINE_E_SERVER_ERROR = -49,
    TRUNKLINE_E_UNEXPECTED_STATUS = -50,
    TRUNKLINE_E_EMPTY_ANSWER = -51,
    TRUNKLINE_E_MISTYPED_ANSWER = -52,
    TRUNKLINE_E_LIST_UNSTABLE = -53,
    TRUNKLINE_E_CIRCUIT_OPEN = -54, /**< Refused locally, nothing was sent. */
    /* Store and keys. */
    TRUNKLINE_E_STORE_UNAVAILABLE = -70,
    TRUNKLINE_E_STORE_READ_ONLY = -71,
    TRUNKLINE_E_STORE_FULL = -72,
    TRUNKLINE_E_STORE_CORRUPT = -73,
    TRUNKLINE_E_STORE_NEWER = -74,
    TRUNKLINE_E_STORE_LOCKED = -75, /**< Another engine holds the lease. */
    TRUNKLINE_E_WRONG_ENVIRONMENT = -76,
    TRUNKLINE_E_KEY_UNAVAILABLE = -77,
    TRUNKLINE_E_UNSEAL_FAILED = -78,
    TRUNKLINE_E_BACKUP_FAILED = -79, /**< No verified backup, therefore no write. */
    /* Sync. */
    TRUNKLINE_E_STALE_PLAN = -90,
    TRUNKLINE_E_MERGE_CONFLICT = -91,
    TRUNKLINE_E_GUARD_REFUSED = -92,
    TRUNKLINE_E_PARTIAL = -93, /**< Some of the work is done; the rest is named and resumable. */
    TRUNKLINE_E_VERIFY_FAILED = -94,
    TRUNKLINE_E_DANGLING_REFERENCE = -95,
    TRUNKLINE_E_UNKNOWN_RELEASE = -96,
    TRUNKLINE_E_INTERNAL = -120, /**< A broken invariant of ours. */
    /* Of this interface. */
    TRUNKLINE_E_FORKED = -200,           /**< The handle was made before fork(), in another process. */
    TRUNKLINE_E_NO_MEMORY = -201,
    TRUNKLINE_E_BUFFER_TOO_SMALL = -202, /**< The needed size was stored where the function says. */
    TRUNKLINE_E_CLOSING = -203,          /**< The client is being closed by another thread. */
    TRUNKLINE_E_MASKER_LIMIT = -204,     /**< More than the masker takes; what came out is a marker. */
    TRUNKLINE_E_MASKER_INTERNAL = -205,  /**< The masker failed; what came out is a marker. */
    TRUNKLINE_E_LEASE_GONE = -206        /**< The lease was released or has expired. */
};

/** Conditions to branch on instead of listing statuses; bits of trunkline_error_conditions(). */
enum {
    TRUNKLINE_CONDITION_RETRYABLE = 1, /**< Repeating later may succeed. */
    TRUNKLINE_CONDITION_AMBIGUOUS = 2, /**< The service may or may not have acted. */
    TRUNKLINE_CONDITION_AUTH = 4,      /**< Key or payment: repeating cannot help. */
    TRUNKLINE_CONDITION_TRANSPORT = 8, /**< No complete answer was received. */
    TRUNKLINE_CONDITION_NOT_FOUND = 16
};

typedef struct trunkline_error trunkline_error;

/** @return the status the failing function returned; TRUNKLINE_OK for NULL.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_error_status(const trunkline_error *e);
/** @return TRUNKLINE_CONDITION_* bits.  @since 1.0 */
TRUNKLINE_API uint32_t trunkline_error_conditions(const trunkline_error *e);
/** @return one line that says what happened, where, and what to do; never a secret. "" for NULL.  @since 1.0 */
TRUNKLINE_API const char *trunkline_error_message(const trunkline_error *e);
/** @return the operation, for example "get-agent"; "" for local work.  @since 1.0 */
TRUNKLINE_API const char *trunkline_error_operation(const trunkline_error *e);
/** @return the service's id of the request, or "".  @since 1.0 */
TRUNKLINE_API const char *trunkline_error_request_id(const trunkline_error *e);
/** @return 0 if no answer arrived.  @since 1.0 */
TRUNKLINE_API int32_t trunkline_error_http_status(const trunkline_error *e);
/** @return how long the service asked to wait, in milliseconds; -1 if it did not.  @since 1.0 */
TRUNKLINE_API int64_t trunkline_error_retry_after_ms(const trunkline_error *e);
/**
 * @return the document of an operation that failed and yet brought a result (conflicts, partial), as JSON; else "".
 * @since 1.0
 */
TRUNKLINE_API const char *trunkline_error_document(const trunkline_error *e);
/** @since 1.0 */
TRUNKLINE_API void trunkline_error_free(trunkline_error *e);

/** @return the stable name of a status, for example "outcome_unknown"; "" if it has none.  @since 1.0 */
TRUNKLINE_API const char *trunkline_status_name(trunkline_status s);

/** Bytes owned by the caller. */
typedef struct trunkline_buffer trunkline_buffer;
/** @return the bytes, with a zero behind the last one.  @since 1.0 */
TRUNKLINE_API const char *trunkline_buffer_data(const trunkline_buffer *b);
/** @return how many, without that zero.  @since 1.0 */
TRUNKLINE_API size_t trunkline_buffer_size(const trunkline_buffer *b);
/** @since 1.0 */
TRUNKLINE_API void trunkline_buffer_free(trunkline_buffer *b);

/** @return the version of the library: major * 1,000,000 + minor * 1,000 + patch.  @since 1.0 */
TRUNKLINE_API uint32_t trunkline_version(void);
/** @return "1.0.0".  @since 1.0 */
TRUNKLINE_API const char *trunkline_version_text(void);

/* --- space: the shared memory of a host ------------------------------------------------------------------------- */

/** Breakers, limiters and call leases of all processes of this user on this host. Threads: any. */
typedef struct trunkline_space trunkline_space;

enum {
    TRUNKLINE_SPACE_PRIVATE = 1,  /**< Memory of this process alone. */
    TRUNKLINE_SPACE_NO_CREATE = 2 /**< Only if it is there; private memory otherwise. */
};

/** Zero what you do not set; `struct_size` is sizeof. Zero means the default. Sizes count for who makes the segment. */
typedef struct trunkline_space_options {
    uint32_t struct_size;
    uint32_t flags;        /**< TRUNKLINE_SPACE_* */
    uint64_t keys;         /**< Breakers and limiters: 8 to 16,777,215; default 16,384. */
    uint64_t lease_pools;  /**< 1 to 1,024; default 32. */
    uint64_t events;       /**< A power of two up to 65,536; default 1,024. */
    const char *directory; /**< Default "/dev/shm". */
    size_t directory_len;
} trunkline_space_options;

/**
 * Attaches to the segment of this name, or makes it. If neither can be, the space works in private memory and
 * trunkline_space_reason() says why: protection never fails a call.
 * @param name     letters, digits, '-', '_', '.', up to 64.
 * @param options  NULL for defaults.
 * @return TRUNKLINE_OK, TRUNKLINE_E_INVALID_ARGUMENT, TRUNKLINE_E_NO_MEMORY.  @since 1.0
 */
TRUNKLINE_API trunkline_status trunkline_space_open(const char *name, size_t name_len,
    const trunkline_space_options *options, trunkline_space **out, trunkline_error **error);
/** Handles made from it stay valid: the memory goes with the last of them.  @since 1.0 */
TRUNKLINE_API void trunkline_space_close(trunkline_space *s);
/** @return 1 if other processes see it, 0 if it is private.  @since 1.0 */
TRUNKLINE_API int32_t trunkline_space_is_shared(const trunkline_space *s);
/** @return why it is private; "" if it is shared.  @since 1.0 */
TRUNKLINE_API const char *trunkline_space_reason(const trunkline_space *s);

/* --- breaker ------------------------------------------------------------------------------------------------------ */

/** How a guarded call ended. */
enum {
    TRUNKLINE_OUTCOME_OK = 0,
    TRUNKLINE_OUTCOME_REJECTED = 1,      /**< The caller's fault: 400, 404, 409, 412, 413, 422. */
    TRUNKLINE_OUTCOME_MISCONFIGURED = 2, /**< 401, 402, 403. */
    TRUNKLINE_OUTCOME_THROTTLED = 3,     /**< 429 for the rate. */
    TRUNKLINE_OUTCOME_SATURATED = 4,     /**< 429 that names concurrency. */
    TRUNKLINE_OUTCOME_SICK = 5,          /**< 5xx, 408. */
    TRUNKLINE_OUTCOME_UNREACHABLE = 6,   /**< No connection; nothing was sent. */
    TRUNKLINE_OUTCOME_UNKNOWN = 7,       /**< Sent, and no complete answer. */
    TRUNKLINE_OUTCOME_CANCELLED = 8,     /**< The caller gave up. */
    TRUNKLINE_OUTCOME_LOCAL = 9          /**< Never left. */
};

enum {
    TRUNKLINE_CIRCUIT_CLOSED = 0,
    TRUNKLINE_CIRCUIT_OPEN = 1,
    TRUNKLINE_CIRCUIT_HALF_OPEN = 2,
    TRUNKLINE_CIRCUIT_FORCED_OPEN = 3,
    TRUNKLINE_CIRCUIT_DISABLED = 4,
    TRUNKLINE_CIRCUIT_MISCONFIGURED = 5
};

enum {
    TRUNKLINE_BREAKER_SHADOW = 1,        /**< Evaluate and count, admit everything. */
    TRUNKLINE_BREAKER_STRIPED = 2,       /**< For a key that many threads use at once. */
    TRUNKLINE_BREAKER_NO_JITTER = 4,     /**< Open times without chance. */
    TRUNKLINE_BREAKER_NO_SLOW_START = 8  /**< After closing admit everything at once. */
};

/** Zero what you do not set; `struct_size` is sizeof. Zero means the default; to switch a rule off give -1. */
typedef struct trunkline_breaker_options {
    uint32_t struct_size;
    uint32_t flags;                   /**< TRUNKLINE_BREAKER_* */
    int64_t window_ms;                /**< 10,000 */
    int64_t slow_call_ms;             /**< 5,000 */
    int64_t open_base_ms;             /**< 5,000 */
    int64_t open_cap_ms;              /**< 120,000 */
    int64_t probe_lease_ms;           /**< 30,000 */
    int64_t misconfigured_interval_ms; /**< 60,000 */
    uint32_t minimum_calls;           /**< 20 */
    uint32_t count_window;            /**< 0: the window of time; else the last so many calls, up to 48. */
    uint32_t probes;                  /**< 3; 1 to 8. */
    uint32_t successes;               /**< 3; 1 to 15. */
    int32_t connect_failures;         /**< 5 in a row; -1: off. */
    int32_t failure_permille;         /**< 500; -1: off. */
    int32_t slow_permille;            /**< 800; -1: off. */
    int32_t combined_permille;        /**< Off. */
    uint64_t seed;                    /**< Of the jitter; 0: random. */
} trunkline_breaker_options;

/** The breaker of one (service, tenant, endpoint group). Threads: any. Works on after fork(). */
typedef struct trunkline_breaker trunkline_breaker;

/**
 * Looks a breaker up; keep the handle.
 * @param tenant   must not be empty.   @param group  may be empty.
 * @param options  NULL: an existing breaker keeps its own, a new one has the defaults.
 * @return TRUNKLINE_OK, TRUNKLINE_E_INVALID_ARGUMENT, TRUNKLINE_E_NO_MEMORY.  @since 1.0
 */
TRUNKLINE_API trunkline_status trunkline_breaker_open(trunkline_space *s, const char *service, size_t service_len,
    const char *tenant, size_t tenant_len, const char *group, size_t group_len,
    const trunkline_breaker_options *options, trunkline_breaker **out, trunkline_error **error);
/** @since 1.0 */
TRUNKLINE_API void trunkline_breaker_close(trunkline_breaker *b);

/** @return the permit of one call, to be reported once; 0: rejected, do not call (also for NULL).  @since 1.0 */
TRUNKLINE_API uint64_t trunkline_breaker_allow(const trunkline_breaker *b);
/**
 * Reports how a call ended. Late, double and forged permits have no effect but a counter.
 * @param outcome      TRUNKLINE_OUTCOME_*; any other number changes nothing.
 * @param duration_ns  how long it took; negative: unknown.  @since 1.0
 */
TRUNKLINE_API void trunkline_breaker_report(
    const trunkline_breaker *b, uint64_t permit, int32_t outcome, int64_t duration_ns);
/** As above at a time of the monotonic clock, in ns, that the caller has at hand (or makes up, in tests).  @since 1.0 */
TRUNKLINE_API uint64_t trunkline_breaker_allow_at(const trunkline_breaker *b, int64_t now_ns);
/** @since 1.0 */
TRUNKLINE_API void trunkline_breaker_report_at(
    const trunkline_breaker *b, uint64_t permit, int32_t outcome, int64_t duration_ns, int64_t now_ns);
/** An operator's word: reject everything, admit everything, start anew as closed.  @since 1.0 */
TRUNKLINE_API void trunkline_breaker_force_open(const trunkline_breaker *b);
/** @since 1.0 */
TRUNKLINE_API void trunkline_breaker_disable(const trunkline_breaker *b);
/** @since 1.0 */
TRUNKLINE_API void trunkline_breaker_reset(const trunkline_breaker *b);

/** Set `struct_size` before the call. */
typedef struct trunkline_breaker_snapshot {
    uint32_t struct_size;
    int32_t state;           /**< TRUNKLINE_CIRCUIT_* */
    int64_t retry_after_ns;  /**< 0 if a call would be admitted now. */
    uint64_t generation;
    uint64_t calls, failures, slow; /**< In the window, while closed. */
    uint64_t rejected, late, would_have_rejected, changes;
    uint32_t probes_out;
    uint32_t exponent; /**< Of the open time. */
} trunkline_breaker_snapshot;

/** @param now_ns of the monotonic clock; negative: now.  @return TRUNKLINE_OK, TRUNKLINE_E_INVALID_ARGUMENT.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_breaker_look(
    const trunkline_breaker *b, int64_t now_ns, trunkline_breaker_snapshot *out);

/* --- limiter ------------------------------------------------------------------------------------------------------ */

enum {
    TRUNKLINE_PRIORITY_LIVE_CALL = 0,
    TRUNKLINE_PRIORITY_BOOKING = 1,
    TRUNKLINE_PRIORITY_ADMIN = 2,
    TRUNKLINE_PRIORITY_BACKGROUND = 3
};

enum {
    TRUNKLINE_LIMITER_SHADOW = 1,
    TRUNKLINE_LIMITER_FIXED = 2,      /**< The rate does not follow what the service says. */
    TRUNKLINE_LIMITER_NO_RESERVES = 4 /**< All priorities may use the whole burst. */
};

/** Zero what you do not set; `struct_size` is sizeof. Zero means the default. */
typedef struct trunkline_limiter_options {
    uint32_t struct_size;
    uint32_t flags; /**< TRUNKLINE_LIMITER_* */
    double rate;    /**< Requests a second, 0.001 to 1,000,000; 10. */
    double floor;   /**< Up to the rate; 0.5, or the rate if that is less. */
    double ceiling; /**< 1,000, or the rate if that is more. */
    uint32_t burst; /**< 1 to 1,000,000; 20. */
    uint32_t reserved; /**< 0 */
} trunkline_limiter_options;

/** The limiter of one (service, tenant, endpoint group). Threads: any. Works on after fork(). */
typedef struct trunkline_limiter trunkline_limiter;

/** As trunkline_breaker_open().  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_limiter_open(trunkline_space *s, const char *service, size_t service_len,
    const char *tenant, size_t tenant_len, const char *group, size_t group_len,
    const trunkline_limiter_options *options, trunkline_limiter **out, trunkline_error **error);
/** @since 1.0 */
TRUNKLINE_API void trunkline_limiter_close(trunkline_limiter *l);

/**
 * Takes credit for a request.
 * @param cost      1 for an ordinary request.   @param priority  TRUNKLINE_PRIORITY_*
 * @return 0 or more: granted; the number is the generation of the rate, for trunkline_limiter_throttled().
 *         Less than 0: not now; asking earlier than in -x ns is in vain. INT64_MIN: never (more than a full burst, or
 *         a bad argument).  @since 1.0
 */
TRUNKLINE_API int64_t trunkline_limiter_try(const trunkline_limiter *l, uint32_t cost, int32_t priority);
/** @since 1.0 */
TRUNKLINE_API int64_t trunkline_limiter_try_at(
    const trunkline_limiter *l, uint32_t cost, int32_t priority, int64_t now_ns);
/** Gives back what a request took that did not leave.  @since 1.0 */
TRUNKLINE_API void trunkline_limiter_refund(const trunkline_limiter *l, uint32_t cost);
/**
 * The service refused a request for its rate.
 * @param generation      what trunkline_limiter_try() gave.
 * @param retry_after_ns  as it asked; negative: it did not.   @param now_ns  negative: now.  @since 1.0
 */
TRUNKLINE_API void trunkline_limiter_throttled(
    const trunkline_limiter *l, int64_t generation, int64_t retry_after_ns, int64_t now_ns);
/** The service took a request. `limit`, `remaining`: of the rate headers, negative if there are none; `reset_ns`: until
 *  the window ends, negative if unknown.  @since 1.0 */
TRUNKLINE_API void trunkline_limiter_accepted(
    const trunkline_limiter *l, double limit, double remaining, int64_t reset_ns, int64_t now_ns);

/** Set `struct_size` before the call. */
typedef struct trunkline_limiter_snapshot {
    uint32_t struct_size;
    uint32_t burst;
    double rate;
    double credit; /**< Requests that may leave now; negative: reserved ahead. */
    int64_t penalty_left_ns;
    uint64_t denied, throttled, decreases, penalties_cut, would_have_denied;
    uint32_t generation;
    uint32_t reserved;
} trunkline_limiter_snapshot;

/** @param now_ns negative: now.  @return TRUNKLINE_OK, TRUNKLINE_E_INVALID_ARGUMENT.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_limiter_look(
    const trunkline_limiter *l, int64_t now_ns, trunkline_limiter_snapshot *out);

/* --- call leases: the concurrency limit --------------------------------------------------------------------------- */

enum {
    TRUNKLINE_CALL_OUTBOUND = 0,
    TRUNKLINE_CALL_INBOUND = 1
};

/** The leases of one workspace, up to 256; they outlive the process that took them. Threads: any. */
typedef struct trunkline_leases trunkline_leases;

/** @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_leases_open(trunkline_space *s, const char *service, size_t service_len,
    const char *tenant, size_t tenant_len, trunkline_leases **out, trunkline_error **error);
/** Leases taken stay taken.  @since 1.0 */
TRUNKLINE_API void trunkline_leases_close(trunkline_leases *p);
/** @param limit 0 to 256.  @param reserved_inbound what outbound calls leave to inbound ones.
 *  @return TRUNKLINE_OK, TRUNKLINE_E_INVALID_ARGUMENT.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_leases_configure(
    trunkline_leases *p, uint32_t limit, uint32_t reserved_inbound);
/**
 * Takes a lease for one call. Until trunkline_lease_sending() the death of this process frees it.
 * @param ttl_ms  when it ends by itself, up to 36 hours.
 * @return the lease; 0: the limit is reached (or a bad argument).  @since 1.0
 */
TRUNKLINE_API uint64_t trunkline_lease_take(trunkline_leases *p, int32_t direction, int64_t ttl_ms);
/** The request is about to leave.  @return TRUNKLINE_OK; TRUNKLINE_E_LEASE_GONE: send nothing.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_lease_sending(trunkline_leases *p, uint64_t lease);
/** The service has named the call, in up to 48 bytes.  @return TRUNKLINE_OK, TRUNKLINE_E_LEASE_GONE.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_lease_bind(
    trunkline_leases *p, uint64_t lease, const char *call_id, size_t call_id_len);
/** @return TRUNKLINE_OK, TRUNKLINE_E_LEASE_GONE.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_lease_renew(trunkline_leases *p, uint64_t lease, int64_t ttl_ms);
/** @return TRUNKLINE_OK, TRUNKLINE_E_LEASE_GONE.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_lease_release(trunkline_leases *p, uint64_t lease);
/** The webhooks call_started and call_ended.  @return TRUNKLINE_OK; TRUNKLINE_E_LEASE_GONE: none is known.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_lease_started(
    trunkline_leases *p, const char *call_id, size_t call_id_len, int64_t ttl_ms);
/** @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_lease_ended(trunkline_leases *p, const char *call_id, size_t call_id_len);

/** Set `struct_size` before the call. */
typedef struct trunkline_leases_snapshot {
    uint32_t struct_size;
    uint32_t limit;
    uint32_t external; /**< Used by calls without a lease. */
    uint32_t reserved_inbound;
    uint32_t taken, sending, bound;
    uint32_t in_use;
} trunkline_leases_snapshot;

/** Frees what is past its deadline or was taken by dead processes and not used, then counts.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_leases_look(trunkline_leases *p, trunkline_leases_snapshot *out);

/* --- cache -------------------------------------------------------------------------------------------------------- */

/**
 * Values of one tenant in the memory of this process, each with its own end. All handles of one name and tenant see the
 * same values, which stay when handles are closed, until the process ends; what goes for room is found by second chance.
 * Threads: any. After fork() a handle answers TRUNKLINE_E_FORKED; one that is opened in the child begins empty.
 */
typedef struct trunkline_cache trunkline_cache;

/**
 * @param name       not empty.   @param tenant  not empty.
 * @param max_bytes  of all values of the name, with keys and 384 bytes for each; 0: 16 MiB. Whoever opens it first decides.
 * @return TRUNKLINE_OK, TRUNKLINE_E_INVALID_ARGUMENT, TRUNKLINE_E_NO_MEMORY.  @since 1.0
 */
TRUNKLINE_API trunkline_status trunkline_cache_open(const char *name, size_t name_len, const char *tenant,
    size_t tenant_len, uint64_t max_bytes, trunkline_cache **out, trunkline_error **error);
/** The values stay.  @since 1.0 */
TRUNKLINE_API void trunkline_cache_close(trunkline_cache *c);
/**
 * @param now_ns  of the monotonic clock; negative: now.
 * @param size    receives how many bytes the value has; 0 if there is none.
 * @return 1: it is in `out`; 0: there is none; TRUNKLINE_E_BUFFER_TOO_SMALL: nothing was written; or TRUNKLINE_E_*.
 * @since 1.0
 */
TRUNKLINE_API int32_t trunkline_cache_get(trunkline_cache *c, const char *key, size_t key_len, int64_t now_ns, char *out,
    size_t out_size, size_t *size);
/**
 * @param ttl_ms  until its end; 0 or less: it ends at once.   @param now_ns  negative: now.
 * @return TRUNKLINE_OK; TRUNKLINE_E_TOO_LARGE: it does not fit, and nothing is held under the key.  @since 1.0
 */
TRUNKLINE_API trunkline_status trunkline_cache_set(trunkline_cache *c, const char *key, size_t key_len,
    const char *value, size_t value_len, int64_t ttl_ms, int64_t now_ns);
/** @return TRUNKLINE_OK, also if there is none.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_cache_delete(trunkline_cache *c, const char *key, size_t key_len);
/** Deletes all values of the tenant.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_cache_clear(trunkline_cache *c);

/* --- masker ------------------------------------------------------------------------------------------------------- */

enum {
    TRUNKLINE_ZONE_LOG = 0,
    TRUNKLINE_ZONE_ERROR = 1,
    TRUNKLINE_ZONE_API = 2,
    TRUNKLINE_ZONE_WEBHOOK_OUT = 3,
    TRUNKLINE_ZONE_EXPORT = 4,
    TRUNKLINE_ZONE_TRANSCRIPT = 5
};

/** Removes secrets and personal data. Threads: any. Works on after fork(). */
typedef struct trunkline_masker trunkline_masker;

/** Filled by trunkline_mask(). Set `struct_size` before the call. */
typedef struct trunkline_mask_stats {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t written; /**< Bytes in `out`. */
    uint64_t found;   /**< Values masked. */
} trunkline_mask_stats;

/**
 * @param policy  a policy document (docs/masker.md), or empty for the rules of the library alone.
 * @return TRUNKLINE_OK, TRUNKLINE_E_INVALID_ARGUMENT, TRUNKLINE_E_NO_MEMORY.  @since 1.0
 */
TRUNKLINE_API trunkline_status trunkline_masker_open(
    const char *policy, size_t policy_len, trunkline_masker **out, trunkline_error **error);
/** @since 1.0 */
TRUNKLINE_API void trunkline_masker_close(trunkline_masker *m);
/** @return a size of `out` that trunkline_mask() can never exceed for `n` bytes.  @since 1.0 */
TRUNKLINE_API size_t trunkline_mask_bound(const trunkline_masker *m, size_t n);
/**
 * Masks a text. Where `out` is too small, or NULL: TRUNKLINE_E_MASKER_LIMIT; trunkline_mask_bound() says what is enough.
 * @param zone   TRUNKLINE_ZONE_*: where it is about to go.   @param stats  may be NULL.
 * @return 0: nothing to mask, keep your own bytes.  > 0: bytes written to `out`.  < 0: TRUNKLINE_E_*; `out` then holds a
 *         marker (as much as fits, stats->written its length) and nothing of the input.  @since 1.0
 */
TRUNKLINE_API int64_t trunkline_mask(const trunkline_masker *m, int32_t zone, const char *in, size_t in_len, char *out,
    size_t out_size, trunkline_mask_stats *stats);
/**
 * From now on this value is masked wherever it appears.
 * @return TRUNKLINE_OK; TRUNKLINE_E_INVALID_ARGUMENT unless it has 8 to 512 bytes.  @since 1.0
 */
TRUNKLINE_API trunkline_status trunkline_mask_register_secret(
    trunkline_masker *m, const char *secret, size_t secret_len);
/** Values masked and calls that ended in a marker, ever, by this handle.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_masker_totals(const trunkline_masker *m, uint64_t *found, uint64_t *failed);

/** A text that arrives in pieces. One thread at a time. May outlive its masker. */
typedef struct trunkline_mask_stream trunkline_mask_stream;

/** @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_mask_stream_open(
    const trunkline_masker *m, int32_t zone, trunkline_mask_stream **out, trunkline_error **error);
/** @since 1.0 */
TRUNKLINE_API void trunkline_mask_stream_close(trunkline_mask_stream *s);
/**
 * Takes a piece, writes what is decided. What does not fit is kept and comes with the next call.
 * @return bytes written to `out`, or < 0: TRUNKLINE_E_*, once, and nothing was written: what had been decided before and a
 *         marker behind it are ready and come with the next calls. After the marker nothing of the input comes out.
 * @param left  may be NULL; bytes that are ready and were not written: call again with an empty piece.  @since 1.0
 */
TRUNKLINE_API int64_t trunkline_mask_stream_feed(
    trunkline_mask_stream *s, const char *in, size_t in_len, char *out, size_t out_size, size_t *left);
/** The input has ended; as feed. Call until `left` is 0; the stream is then as new.  @since 1.0 */
TRUNKLINE_API int64_t trunkline_mask_stream_flush(trunkline_mask_stream *s, char *out, size_t out_size, size_t *left);

/* --- signatures --------------------------------------------------------------------------------------------------- */

enum {
    TRUNKLINE_SIGNATURE_OK = 0,
    TRUNKLINE_SIGNATURE_MALFORMED = 1,
    TRUNKLINE_SIGNATURE_EXPIRED = 2,
    TRUNKLINE_SIGNATURE_IN_FUTURE = 3,
    TRUNKLINE_SIGNATURE_MISMATCH = 4,
    TRUNKLINE_SIGNATURE_NO_KEY = 5
};

/** One string of several. */
typedef struct trunkline_text {
    const char *data;
    size_t size;
} trunkline_text;

/**
 * Checks the X-Retell-Signature of a request against the raw bytes of its body, before anything parses them.
 * @param keys          every key that is valid now.
 * @param now_ms        unix time in ms; negative: now.   @param tolerance_ms  both ways; negative: 5 minutes.
 * @return TRUNKLINE_SIGNATURE_*, or TRUNKLINE_E_INVALID_ARGUMENT, TRUNKLINE_E_INTERNAL.  @since 1.0
 */
TRUNKLINE_API int32_t trunkline_webhook_verify(const char *body, size_t body_len, const char *header,
    size_t header_len, const trunkline_text *keys, size_t key_count, int64_t now_ms, int64_t tolerance_ms);
/**
 * Makes the header's value, for tests of receivers.
 * @param out  of at least 96 bytes.   @return its length, or TRUNKLINE_E_*.  @since 1.0
 */
TRUNKLINE_API int64_t trunkline_webhook_sign(const char *body, size_t body_len, const char *key, size_t key_len,
    int64_t now_ms, char *out, size_t out_size);

/* --- client: everything else, as JSON ----------------------------------------------------------------------------- */

/**
 * An account: store, client of the service, sync engine. One request runs at a time, others wait for it. Threads: any.
 */
typedef struct trunkline_client trunkline_client;

/**
 * @param options  a JSON object (docs/requests.md); empty: everything from the environment. Opens nothing yet: the store
 *                 is opened by the first request that needs it.
 * @return TRUNKLINE_OK, TRUNKLINE_E_INVALID_ARGUMENT, TRUNKLINE_E_INVALID_JSON, TRUNKLINE_E_NO_MEMORY;
 *         TRUNKLINE_E_CLOSING while the process is in exit().  @since 1.0
 */
TRUNKLINE_API trunkline_status trunkline_client_open(
    const char *options, size_t options_len, trunkline_client **out, trunkline_error **error);
/**
 * Cancels what is under way, with the guarantees of a crash, waits for its end, and frees. Other threads that are in a
 * function of the client get TRUNKLINE_E_CLOSING and must have returned before the handle's memory is used again.
 * @since 1.0
 */
TRUNKLINE_API void trunkline_client_close(trunkline_client *c);
/**
 * Runs one request in the calling thread and waits for its answer.
 * @param request  a JSON object {"op": NAME, ...}; the names and their members are in docs/requests.md.
 * @param answer   receives a JSON document; NULL after a failure, see trunkline_error_document().  @since 1.0
 */
TRUNKLINE_API trunkline_status trunkline_request(trunkline_client *c, const char *request, size_t request_len,
    trunkline_buffer **answer, trunkline_error **error);

/**
 * Queues a request; its progress and its answer arrive as events. The first call starts the client's one thread, unless
 * it was opened with {"threads": 0}: then requests run inside trunkline_queue_wait().
 * @param op  receives a number that its events carry; not 0.  @since 1.0
 */
TRUNKLINE_API trunkline_status trunkline_queue_submit(trunkline_client *c, const char *request, size_t request_len,
    uint64_t *op, trunkline_error **error);
/** Cancels a queued request, with the guarantees of a crash; its event still arrives.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_queue_cancel(trunkline_client *c, uint64_t op);
/**
 * @return a descriptor that is readable while events are waiting, for poll() and event loops; it belongs to the client.
 *         Or TRUNKLINE_E_*.  @since 1.0
 */
TRUNKLINE_API int32_t trunkline_queue_fd(trunkline_client *c);
/**
 * Waits until an event is there. @param timeout_ms  negative: without end.
 * @return 1: there is one, 0: none in time, or TRUNKLINE_E_*.  @since 1.0
 */
TRUNKLINE_API int32_t trunkline_queue_wait(trunkline_client *c, int64_t timeout_ms);

enum {
    TRUNKLINE_EVENT_PROGRESS = 1,
    TRUNKLINE_EVENT_DONE = 2 /**< The last one of a request. */
};

typedef struct trunkline_event trunkline_event;
/** @return the oldest event, now the caller's; NULL if there is none.  @since 1.0 */
TRUNKLINE_API trunkline_event *trunkline_queue_next(trunkline_client *c);
/** @since 1.0 */
TRUNKLINE_API uint64_t trunkline_event_op(const trunkline_event *e);
/** @return TRUNKLINE_EVENT_*  @since 1.0 */
TRUNKLINE_API int32_t trunkline_event_kind(const trunkline_event *e);
/** @return of a done event: how the request ended.  @since 1.0 */
TRUNKLINE_API trunkline_status trunkline_event_status(const trunkline_event *e);
/** @return the answer or the progress, as JSON.  @since 1.0 */
TRUNKLINE_API const char *trunkline_event_document(const trunkline_event *e);
/** @return the error of a done event that failed, owned by the event; else NULL.  @since 1.0 */
TRUNKLINE_API const trunkline_error *trunkline_event_error(const trunkline_event *e);
/** @since 1.0 */
TRUNKLINE_API void trunkline_event_free(trunkline_event *e);

#ifdef __cplusplus
}
#endif

#endif
