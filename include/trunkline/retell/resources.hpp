#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/operation.hpp>
#include <trunkline/retell/request_options.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/**
 * Calls by name instead of by table row: each function returns the operation with its arguments,
 * ready for client::async_call or client::async_list. They are pure; what they leave out (an empty
 * id, say) is reported by encode().
 */
namespace trunkline::retell {

/// One operation with its arguments.
class call {
public:
    call(operation const& o, arguments a) : op(&o), args(std::move(a)) {}
    operation const* op; ///< Never null; a row of operations().
    arguments args;
    request_options options;
};

/**
 * Which version of an agent is meant. There is no default on purpose: the service reads "nothing
 * said" as the latest version, drafts included.
 */
class version_ref {
public:
    version_ref(std::int64_t number) : text_(std::to_string(number)), number_(number) {}
    /// The largest number, drafts included.
    static version_ref latest() { return version_ref("latest"); }
    static version_ref latest_published() { return version_ref("latest_published"); }
    /// A tag such as "prod". Beware: the service resolves an existing tag without a version to
    /// latest.
    static version_ref tag(std::string_view name) { return version_ref(name); }

    std::string const& text() const noexcept { return text_; }
    /// Nothing for a tag or a moving reference.
    std::optional<std::int64_t> number() const noexcept { return number_; }
    friend bool operator==(version_ref const&, version_ref const&) = default;

private:
    explicit version_ref(std::string_view text) : text_(text) {}
    std::string text_;
    std::optional<std::int64_t> number_;
};

// Agents. A listed row names an agent only; its content comes from get_agent.

call list_agents();
/// Answers rows of {version, is_published, base_version, ...} without content.
call list_agent_versions(std::string_view agent_id);
call get_agent(std::string_view agent_id, version_ref const& version);
call create_agent(json::value body);
/// Precondition of the service: the version is a draft (only its title may change afterwards).
call update_agent(std::string_view agent_id, std::int64_t version, json::value patch);
/// With all its versions.
call delete_agent(std::string_view agent_id);
/// A new draft of the agent and of its engine, branched from `base`. Answers the draft.
call create_agent_version(std::string_view agent_id, std::int64_t base);
/// Freezes that draft and its engine. Answers nothing: read back to be sure.
call publish_agent_version(std::string_view agent_id, std::int64_t version,
    std::optional<std::string_view> title = {}, std::optional<std::string_view> description = {});
call delete_agent_version(std::string_view agent_id, std::int64_t version);

// Engines. Versions are numbers here, never tags.

call list_llms();
call get_llm(std::string_view llm_id, std::int64_t version);
call create_llm(json::value body);
call update_llm(std::string_view llm_id, std::int64_t version, json::value patch);
/// The service refuses while an agent uses it, unless forced (which leaves that agent dangling).
call delete_llm(std::string_view llm_id, bool force = false);

call list_flows();
call get_flow(std::string_view flow_id, std::int64_t version);
call create_flow(json::value body);
call update_flow(std::string_view flow_id, std::int64_t version, json::value patch);
/// As delete_llm.
call delete_flow(std::string_view flow_id, bool force = false);

// Phone numbers, keyed by their E.164 form.

call list_phone_numbers();
call get_phone_number(std::string_view number);
/// Buys a number.
call create_phone_number(json::value body);
/// Brings a number of an own SIP trunk. Trunk settings may stand as answers show them, nested in
/// `sip_outbound_trunk_config`, with `auth_password` beside it: they are sent under the verb's names.
call import_phone_number(json::value body);
/// As import_phone_number.
call update_phone_number(std::string_view number, json::value patch);
call delete_phone_number(std::string_view number);

// Knowledge bases. There is no update: another content is another knowledge base.

/// Answers all of them at once, in full but for the texts they hold.
call list_knowledge_bases();
call get_knowledge_base(std::string_view id);
/// Answers at once; it can be used when its status is "complete".
call create_knowledge_base(json::value body);
call delete_knowledge_base(std::string_view id);

// What engines and agents refer to and no release makes.

call list_voices();
call list_flow_components();

// Account.

/// The cheapest question that needs a valid key.
call get_api_key_info();

} // namespace trunkline::retell
