/* Made by capi/ffi.py from trunkline.h; never edited. */
typedef int32_t trunkline_status;
enum {
    TRUNKLINE_OK = 0,
    TRUNKLINE_E_INVALID_ARGUMENT = -1,
    TRUNKLINE_E_INVALID_JSON = -2,
    TRUNKLINE_E_INVALID_BUNDLE = -3,
    TRUNKLINE_E_UNKNOWN_OPERATION = -4,
    TRUNKLINE_E_INSECURE_URL = -5,
    TRUNKLINE_E_RESOLVE_FAILED = -20,
    TRUNKLINE_E_CONNECT_FAILED = -21,
    TRUNKLINE_E_TLS_FAILED = -22,
    TRUNKLINE_E_TIMEOUT = -23,
    TRUNKLINE_E_CONNECTION_LOST = -24,
    TRUNKLINE_E_CANCELED = -25,
    TRUNKLINE_E_TOO_LARGE = -26,
    TRUNKLINE_E_PROTOCOL_ERROR = -27,
    TRUNKLINE_E_OUTCOME_UNKNOWN = -28,
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
    TRUNKLINE_E_CIRCUIT_OPEN = -54,
    TRUNKLINE_E_STORE_UNAVAILABLE = -70,
    TRUNKLINE_E_STORE_READ_ONLY = -71,
    TRUNKLINE_E_STORE_FULL = -72,
    TRUNKLINE_E_STORE_CORRUPT = -73,
    TRUNKLINE_E_STORE_NEWER = -74,
    TRUNKLINE_E_STORE_LOCKED = -75,
    TRUNKLINE_E_WRONG_ENVIRONMENT = -76,
    TRUNKLINE_E_KEY_UNAVAILABLE = -77,
    TRUNKLINE_E_UNSEAL_FAILED = -78,
    TRUNKLINE_E_BACKUP_FAILED = -79,
    TRUNKLINE_E_STALE_PLAN = -90,
    TRUNKLINE_E_MERGE_CONFLICT = -91,
    TRUNKLINE_E_GUARD_REFUSED = -92,
    TRUNKLINE_E_PARTIAL = -93,
    TRUNKLINE_E_VERIFY_FAILED = -94,
    TRUNKLINE_E_DANGLING_REFERENCE = -95,
    TRUNKLINE_E_UNKNOWN_RELEASE = -96,
    TRUNKLINE_E_INTERNAL = -120,
    TRUNKLINE_E_FORKED = -200,
    TRUNKLINE_E_NO_MEMORY = -201,
    TRUNKLINE_E_BUFFER_TOO_SMALL = -202,
    TRUNKLINE_E_CLOSING = -203,
    TRUNKLINE_E_MASKER_LIMIT = -204,
    TRUNKLINE_E_MASKER_INTERNAL = -205,
    TRUNKLINE_E_LEASE_GONE = -206
};
enum {
    TRUNKLINE_CONDITION_RETRYABLE = 1,
    TRUNKLINE_CONDITION_AMBIGUOUS = 2,
    TRUNKLINE_CONDITION_AUTH = 4,
    TRUNKLINE_CONDITION_TRANSPORT = 8,
    TRUNKLINE_CONDITION_NOT_FOUND = 16
};
typedef struct trunkline_error trunkline_error;
trunkline_status trunkline_error_status(trunkline_error const* e);
uint32_t trunkline_error_conditions(trunkline_error const* e);
char const* trunkline_error_message(trunkline_error const* e);
char const* trunkline_error_operation(trunkline_error const* e);
char const* trunkline_error_request_id(trunkline_error const* e);
int32_t trunkline_error_http_status(trunkline_error const* e);
int64_t trunkline_error_retry_after_ms(trunkline_error const* e);
char const* trunkline_error_document(trunkline_error const* e);
void trunkline_error_free(trunkline_error* e);
char const* trunkline_status_name(trunkline_status s);
typedef struct trunkline_buffer trunkline_buffer;
char const* trunkline_buffer_data(trunkline_buffer const* b);
size_t trunkline_buffer_size(trunkline_buffer const* b);
void trunkline_buffer_free(trunkline_buffer* b);
uint32_t trunkline_version(void);
char const* trunkline_version_text(void);
typedef struct trunkline_space trunkline_space;
enum { TRUNKLINE_SPACE_PRIVATE = 1, TRUNKLINE_SPACE_NO_CREATE = 2 };
typedef struct trunkline_space_options {
    uint32_t struct_size;
    uint32_t flags;
    uint64_t keys;
    uint64_t lease_pools;
    uint64_t events;
    char const* directory;
    size_t directory_len;
} trunkline_space_options;
trunkline_status trunkline_space_open(char const* name, size_t name_len,
    trunkline_space_options const* options, trunkline_space** out, trunkline_error** error);
void trunkline_space_close(trunkline_space* s);
int32_t trunkline_space_is_shared(trunkline_space const* s);
char const* trunkline_space_reason(trunkline_space const* s);
enum {
    TRUNKLINE_OUTCOME_OK = 0,
    TRUNKLINE_OUTCOME_REJECTED = 1,
    TRUNKLINE_OUTCOME_MISCONFIGURED = 2,
    TRUNKLINE_OUTCOME_THROTTLED = 3,
    TRUNKLINE_OUTCOME_SATURATED = 4,
    TRUNKLINE_OUTCOME_SICK = 5,
    TRUNKLINE_OUTCOME_UNREACHABLE = 6,
    TRUNKLINE_OUTCOME_UNKNOWN = 7,
    TRUNKLINE_OUTCOME_CANCELLED = 8,
    TRUNKLINE_OUTCOME_LOCAL = 9
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
    TRUNKLINE_BREAKER_SHADOW = 1,
    TRUNKLINE_BREAKER_STRIPED = 2,
    TRUNKLINE_BREAKER_NO_JITTER = 4,
    TRUNKLINE_BREAKER_NO_SLOW_START = 8
};
typedef struct trunkline_breaker_options {
    uint32_t struct_size;
    uint32_t flags;
    int64_t window_ms;
    int64_t slow_call_ms;
    int64_t open_base_ms;
    int64_t open_cap_ms;
    int64_t probe_lease_ms;
    int64_t misconfigured_interval_ms;
    uint32_t minimum_calls;
    uint32_t count_window;
    uint32_t probes;
    uint32_t successes;
    int32_t connect_failures;
    int32_t failure_permille;
    int32_t slow_permille;
    int32_t combined_permille;
    uint64_t seed;
} trunkline_breaker_options;
typedef struct trunkline_breaker trunkline_breaker;
trunkline_status trunkline_breaker_open(trunkline_space* s, char const* service, size_t service_len,
    char const* tenant, size_t tenant_len, char const* group, size_t group_len,
    trunkline_breaker_options const* options, trunkline_breaker** out, trunkline_error** error);
void trunkline_breaker_close(trunkline_breaker* b);
uint64_t trunkline_breaker_allow(trunkline_breaker const* b);
void trunkline_breaker_report(
    trunkline_breaker const* b, uint64_t permit, int32_t outcome, int64_t duration_ns);
uint64_t trunkline_breaker_allow_at(trunkline_breaker const* b, int64_t now_ns);
void trunkline_breaker_report_at(trunkline_breaker const* b, uint64_t permit, int32_t outcome,
    int64_t duration_ns, int64_t now_ns);
void trunkline_breaker_force_open(trunkline_breaker const* b);
void trunkline_breaker_disable(trunkline_breaker const* b);
void trunkline_breaker_reset(trunkline_breaker const* b);
typedef struct trunkline_breaker_snapshot {
    uint32_t struct_size;
    int32_t state;
    int64_t retry_after_ns;
    uint64_t generation;
    uint64_t calls, failures, slow;
    uint64_t rejected, late, would_have_rejected, changes;
    uint32_t probes_out;
    uint32_t exponent;
} trunkline_breaker_snapshot;
trunkline_status trunkline_breaker_look(
    trunkline_breaker const* b, int64_t now_ns, trunkline_breaker_snapshot* out);
enum {
    TRUNKLINE_PRIORITY_LIVE_CALL = 0,
    TRUNKLINE_PRIORITY_BOOKING = 1,
    TRUNKLINE_PRIORITY_ADMIN = 2,
    TRUNKLINE_PRIORITY_BACKGROUND = 3
};
enum {
    TRUNKLINE_LIMITER_SHADOW = 1,
    TRUNKLINE_LIMITER_FIXED = 2,
    TRUNKLINE_LIMITER_NO_RESERVES = 4
};
typedef struct trunkline_limiter_options {
    uint32_t struct_size;
    uint32_t flags;
    double rate;
    double floor;
    double ceiling;
    uint32_t burst;
    uint32_t reserved;
} trunkline_limiter_options;
typedef struct trunkline_limiter trunkline_limiter;
trunkline_status trunkline_limiter_open(trunkline_space* s, char const* service, size_t service_len,
    char const* tenant, size_t tenant_len, char const* group, size_t group_len,
    trunkline_limiter_options const* options, trunkline_limiter** out, trunkline_error** error);
void trunkline_limiter_close(trunkline_limiter* l);
int64_t trunkline_limiter_try(trunkline_limiter const* l, uint32_t cost, int32_t priority);
int64_t trunkline_limiter_try_at(
    trunkline_limiter const* l, uint32_t cost, int32_t priority, int64_t now_ns);
void trunkline_limiter_refund(trunkline_limiter const* l, uint32_t cost);
void trunkline_limiter_throttled(
    trunkline_limiter const* l, int64_t generation, int64_t retry_after_ns, int64_t now_ns);
void trunkline_limiter_accepted(
    trunkline_limiter const* l, double limit, double remaining, int64_t reset_ns, int64_t now_ns);
typedef struct trunkline_limiter_snapshot {
    uint32_t struct_size;
    uint32_t burst;
    double rate;
    double credit;
    int64_t penalty_left_ns;
    uint64_t denied, throttled, decreases, penalties_cut, would_have_denied;
    uint32_t generation;
    uint32_t reserved;
} trunkline_limiter_snapshot;
trunkline_status trunkline_limiter_look(
    trunkline_limiter const* l, int64_t now_ns, trunkline_limiter_snapshot* out);
enum { TRUNKLINE_CALL_OUTBOUND = 0, TRUNKLINE_CALL_INBOUND = 1 };
typedef struct trunkline_leases trunkline_leases;
trunkline_status trunkline_leases_open(trunkline_space* s, char const* service, size_t service_len,
    char const* tenant, size_t tenant_len, trunkline_leases** out, trunkline_error** error);
void trunkline_leases_close(trunkline_leases* p);
trunkline_status trunkline_leases_configure(
    trunkline_leases* p, uint32_t limit, uint32_t reserved_inbound);
uint64_t trunkline_lease_take(trunkline_leases* p, int32_t direction, int64_t ttl_ms);
trunkline_status trunkline_lease_sending(trunkline_leases* p, uint64_t lease);
trunkline_status trunkline_lease_bind(
    trunkline_leases* p, uint64_t lease, char const* call_id, size_t call_id_len);
trunkline_status trunkline_lease_renew(trunkline_leases* p, uint64_t lease, int64_t ttl_ms);
trunkline_status trunkline_lease_release(trunkline_leases* p, uint64_t lease);
trunkline_status trunkline_lease_started(
    trunkline_leases* p, char const* call_id, size_t call_id_len, int64_t ttl_ms);
trunkline_status trunkline_lease_ended(trunkline_leases* p, char const* call_id, size_t call_id_len);
typedef struct trunkline_leases_snapshot {
    uint32_t struct_size;
    uint32_t limit;
    uint32_t external;
    uint32_t reserved_inbound;
    uint32_t taken, sending, bound;
    uint32_t in_use;
} trunkline_leases_snapshot;
trunkline_status trunkline_leases_look(trunkline_leases* p, trunkline_leases_snapshot* out);
typedef struct trunkline_cache trunkline_cache;
trunkline_status trunkline_cache_open(char const* name, size_t name_len, char const* tenant,
    size_t tenant_len, uint64_t max_bytes, trunkline_cache** out, trunkline_error** error);
void trunkline_cache_close(trunkline_cache* c);
int32_t trunkline_cache_get(trunkline_cache* c, char const* key, size_t key_len, int64_t now_ns,
    char* out, size_t out_size, size_t* size);
trunkline_status trunkline_cache_set(trunkline_cache* c, char const* key, size_t key_len,
    char const* value, size_t value_len, int64_t ttl_ms, int64_t now_ns);
trunkline_status trunkline_cache_delete(trunkline_cache* c, char const* key, size_t key_len);
trunkline_status trunkline_cache_clear(trunkline_cache* c);
enum {
    TRUNKLINE_ZONE_LOG = 0,
    TRUNKLINE_ZONE_ERROR = 1,
    TRUNKLINE_ZONE_API = 2,
    TRUNKLINE_ZONE_WEBHOOK_OUT = 3,
    TRUNKLINE_ZONE_EXPORT = 4,
    TRUNKLINE_ZONE_TRANSCRIPT = 5
};
typedef struct trunkline_masker trunkline_masker;
typedef struct trunkline_mask_stats {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t written;
    uint64_t found;
} trunkline_mask_stats;
trunkline_status trunkline_masker_open(
    char const* policy, size_t policy_len, trunkline_masker** out, trunkline_error** error);
void trunkline_masker_close(trunkline_masker* m);
size_t trunkline_mask_bound(trunkline_masker const* m, size_t n);
int64_t trunkline_mask(trunkline_masker const* m, int32_t zone, char const* in, size_t in_len,
    char* out, size_t out_size, trunkline_mask_stats* stats);
trunkline_status trunkline_mask_register_secret(
    trunkline_masker* m, char const* secret, size_t secret_len);
trunkline_status trunkline_masker_totals(
    trunkline_masker const* m, uint64_t* found, uint64_t* failed);
typedef struct trunkline_mask_stream trunkline_mask_stream;
trunkline_status trunkline_mask_stream_open(
    trunkline_masker const* m, int32_t zone, trunkline_mask_stream** out, trunkline_error** error);
void trunkline_mask_stream_close(trunkline_mask_stream* s);
int64_t trunkline_mask_stream_feed(trunkline_mask_stream* s, char const* in, size_t in_len,
    char* out, size_t out_size, size_t* left);
int64_t trunkline_mask_stream_flush(
    trunkline_mask_stream* s, char* out, size_t out_size, size_t* left);
enum {
    TRUNKLINE_SIGNATURE_OK = 0,
    TRUNKLINE_SIGNATURE_MALFORMED = 1,
    TRUNKLINE_SIGNATURE_EXPIRED = 2,
    TRUNKLINE_SIGNATURE_IN_FUTURE = 3,
    TRUNKLINE_SIGNATURE_MISMATCH = 4,
    TRUNKLINE_SIGNATURE_NO_KEY = 5
};
typedef struct trunkline_text {
    char const* data;
    size_t size;
} trunkline_text;
int32_t trunkline_webhook_verify(char const* body, size_t body_len, char const* header,
    size_t header_len, trunkline_text const* keys, size_t key_count, int64_t now_ms,
    int64_t tolerance_ms);
int64_t trunkline_webhook_sign(char const* body, size_t body_len, char const* key, size_t key_len,
    int64_t now_ms, char* out, size_t out_size);
typedef struct trunkline_client trunkline_client;
trunkline_status trunkline_client_open(
    char const* options, size_t options_len, trunkline_client** out, trunkline_error** error);
void trunkline_client_close(trunkline_client* c);
trunkline_status trunkline_request(trunkline_client* c, char const* request, size_t request_len,
    trunkline_buffer** answer, trunkline_error** error);
trunkline_status trunkline_queue_submit(trunkline_client* c, char const* request,
    size_t request_len, uint64_t* op, trunkline_error** error);
trunkline_status trunkline_queue_cancel(trunkline_client* c, uint64_t op);
int32_t trunkline_queue_fd(trunkline_client* c);
int32_t trunkline_queue_wait(trunkline_client* c, int64_t timeout_ms);
enum { TRUNKLINE_EVENT_PROGRESS = 1, TRUNKLINE_EVENT_DONE = 2 };
typedef struct trunkline_event trunkline_event;
trunkline_event* trunkline_queue_next(trunkline_client* c);
uint64_t trunkline_event_op(trunkline_event const* e);
int32_t trunkline_event_kind(trunkline_event const* e);
trunkline_status trunkline_event_status(trunkline_event const* e);
char const* trunkline_event_document(trunkline_event const* e);
trunkline_error const* trunkline_event_error(trunkline_event const* e);
void trunkline_event_free(trunkline_event* e);
