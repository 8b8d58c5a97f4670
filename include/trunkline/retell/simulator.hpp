#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/core/time.hpp>
#include <trunkline/http/message.hpp>
#include <trunkline/retell/simulator_calls.hpp>
#include <trunkline/retell/simulator_webhooks.hpp>
#include <trunkline/retell/webhook_delivery.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::retell {

/// How a successful publish is answered; the service was seen to send the first.
enum class publish_answer : std::uint8_t {
    chunked_empty, ///< 200, application/json, chunked, no byte of body.
    length_zero,   ///< 200, Content-Length 0.
    no_content,    ///< 204
};

/// What paths answer that the service has removed: old lists, publish-agent, publish-chat-agent.
enum class removed_paths : std::uint8_t {
    not_found, ///< 404, as if they had never been.
    gone,      ///< 410
    answering, ///< As before their removal.
};

/// The body of an error.
enum class error_shape : std::uint8_t {
    as_seen,       ///< {"error_message"} for unknown query parameters, else {"status", "message"}.
    message,       ///< {"status":"error","message":...} always.
    error_message, ///< {"error_message":...} always.
};

/**
 * Options of a simulator. Where the real service's behaviour is unknown or has been seen both ways,
 * a switch here plays each. All but api_key, seed and control_path can be changed while it runs
 * (POST /__simulator/options, members named as here, durations as *_ms).
 */
class simulator_options {
public:
    simulator_options() {}
    std::string api_key;                     ///< Empty: any bearer token is accepted, none is not.
    std::uint64_t seed = 1;                  ///< Of ids.
    bool control_path = true;                ///< Answer /__simulator/..., which needs no key.
    std::chrono::milliseconds latency{0};    ///< Put as delay on each reply.
    std::chrono::milliseconds list_delay{0}; ///< New resources appear in lists this much later.
    double rate_limit = 0;                   ///< Requests per second before 429; 0: none.
    std::size_t request_log_size = 100'000;  ///< Oldest entries are dropped.
    bool default_fill = true;                ///< Fill documented defaults into what create makes.
    bool inject_node_defaults = true;        ///< "skippable": false into flow nodes on write.
    bool keep_unknown_fields = true; ///< Store unknown body fields; else drop them. Both 200.
    bool strict_body = false;        ///< 400 for unknown and read-only body fields.
    bool latest_published_falls_back =
        true; ///< latest_published of a never-published agent is its latest draft.
    bool refuse_engine_change = false; ///< 400 for another response_engine once version 1 exists.
    bool check_weights = true;         ///< 400 unless the weights of a number's agents sum to 1.
    bool check_cursors = true; ///< 400 for a pagination_key that no list gave; else page one.
    publish_answer publish = publish_answer::chunked_empty;
    call_options calls;
    webhook_options webhooks;

    removed_paths removed = removed_paths::not_found;
    error_shape errors = error_shape::as_seen;
    bool refuse_read_only = false;  ///< 400 for a body field only the service sets; else ignored.
    bool deep_patch = false;        ///< PATCH merges nested objects; else it replaces them whole.
    bool check_if_match = false;    ///< 412 when If-Match is not an agent's last modification.
    bool collapse_language = false; ///< A language array of one is stored as that language.
    bool mask_secrets = false; ///< Headers, query parameters and keys of tools come back as ****.
    bool rate_limit_headers = false; ///< X-RateLimit-Limit, -Remaining and -Reset, if limited.
    bool other_success = false; ///< The other plausible code where success is nowhere documented.
    bool unpinned_runs_published = false; ///< A number without agent_version; else the latest.
    int unknown_tag_status = 422;         ///< For a version tag no agent has: 400, 404 or 422.
    int attached_version_status = 422;    ///< For deleting a version in use: 400 or 422.
    // What moves the user_modified_timestamp of an agent beside its own edits.
    bool engine_edit_moves_agent = true;
    bool new_version_moves_agent = true;
    bool publish_moves_agent = true;
    bool version_delete_moves_agent = true;
    std::chrono::milliseconds test_time{1000}; ///< Of one run of a batch test.
    std::string failing_tests; ///< Test cases whose name holds this fail; empty: none does.
    std::chrono::milliseconds knowledge_base_time{2000}; ///< From in_progress to complete.
    std::string unreadable_urls; ///< A knowledge base with a URL that holds this ends as error.
    std::chrono::milliseconds job_time{2000}; ///< Of an import, backfill or CRM sync.
};

/// One request as the simulator saw it.
class request_log_entry {
public:
    request_log_entry() {}
    std::uint64_t sequence = 0; ///< From 1, without gaps.
    std::int64_t at = 0;        ///< unix ms
    std::string method;
    std::string target;
    std::string operation; ///< "get-agent"; empty when the path is none.
    int status = 0;        ///< As the client saw it; 0: it got no complete answer.
    int inner_status = 0;  ///< What the operation itself ended with; 0: it was not run.
    bool mutating = false;
    std::string fault; ///< The fault injected, or empty.
};

/**
 * A stateful, deterministic stand-in for api.retellai.com, without any I/O: a request goes in, a
 * reply comes out. The same seed, time and requests give the same state.
 *
 * State documents (load_state, state) look like this; members not named here are kept:
 *
 *     {"format": 1,
 *      "agents": [{"agent_id": "...", "tags": {"prod": {"version": 3}},
 *                  "versions": [full agent documents, ascending by version]}],
 *      "retell_llms": [{"llm_id": "...", "versions": [...]}],
 *      "conversation_flows": [{"conversation_flow_id": "...", "versions": [...]}],
 *      "phone_numbers": [full phone number documents],
 *      "next_id": 17}
 *
 * Optional: "voices", "knowledge_bases", "conversation_flow_components", "test_case_definitions",
 * "batch_tests", "test_runs", "contacts", "apps", "assets", "export_requests" (arrays as their lists
 * give them), "mcp_servers" {id: [tools]}, an agent's "user_modified_timestamp",
 * "phone_number_secrets" {number: SIP password}, and "shelf_records" (what those arrays do not show).
 * Calls and chats: "calls" [{"call": document, "run": how it goes on}], "chats" likewise, and
 * "batch_calls"; "deliveries" is what is still to be sent. Without "run" a call stays as it is.
 *
 * Thread safety: none; one thread at a time.
 */
class simulator {
public:
    /// `time` must outlive the simulator.
    simulator(simulator_options options, time_source& time);
    simulator(simulator&&) noexcept;
    simulator& operator=(simulator&&) noexcept;
    ~simulator();

    /// Replaces the state by a generated account; see make_demo_account().
    void load_demo_account();
    /// Replaces the state. Throws trunkline::error (invalid_argument) if the document is no state;
    /// the old one is kept then.
    void load_state(json::value const& state);
    json::value state() const;
    /// state() as text, without building the document: cheap enough to save after each change.
    std::string state_text() const;

    http::reply handle(http::request const& r);

    /// Lets what is due by now happen: calls go on. Handling a request does so as well.
    void advance();
    /// When something will happen by itself, or a delivery is to be taken: unix ms.
    std::optional<std::int64_t> next_due() const;
    /**
     * Webhooks, questions and function calls that are due, at most so many. Make each request and
     * settle it: what is not settled within its timeout has failed, and a call that waits for an
     * answer is not waiting for ever for it to be taken. A delivery is given out once per attempt.
     */
    std::vector<webhook_delivery> take_deliveries(std::size_t at_most = 64);
    /// Reports what came back of an attempt. One that comes too late is counted, and else ignored.
    void settle(webhook_delivery const& attempt, webhook_outcome outcome);

    /// At most options.request_log_size entries, oldest first.
    std::vector<request_log_entry> const& log() const noexcept;
    /// Grows with every change of the state: what a saver compares.
    std::uint64_t changes() const noexcept;
    simulator_options const& options() const noexcept;

    class impl; ///< Opaque.

private:
    std::unique_ptr<impl> impl_;
};

} // namespace trunkline::retell
