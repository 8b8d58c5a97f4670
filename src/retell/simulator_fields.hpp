#pragma once

#include "simulator_model.hpp"

#include <trunkline/retell/simulator.hpp>

/// What the simulated service knows of the fields it is sent.
namespace trunkline::retell::simulation {

enum class resource : std::uint8_t {
    none, ///< Nothing that could be written.
    agent,
    chat_agent,
    llm,
    flow,
    phone_number,
    component,
    test_case,
    batch_test,
    contact,
    contact_import,
    contact_backfill,
    app,
    crm,
    knowledge_base,
    knowledge_sources, ///< Added to a knowledge base.
    voice_clone,
    voice_community,
    voice_search,
    upload, ///< One file: an asset, or contacts to import.
    playground,
};
enum class verb : std::uint8_t { create = 1, import = 2, update = 4 };

/**
 * The writable members of a request body. Read-only and removed fields are dropped, values of a known
 * field with a wrong type or range refuse the request with 400, unknown fields follow the options.
 */
json::object accept_fields(
    resource r, verb v, json::value const& body, simulator_options const& options);

/// Whether the verb takes a member of this name.
bool is_writable(resource r, verb v, std::string_view name);

/// Refuses with 400 when the member is absent or null.
void require_field(json::object const& body, std::string_view name);

/// What PATCH does: replaces top-level members; null clears.
void patch(json::object& document, json::object const& fields);
/// The same, or with `deep` into nested objects.
void patch(json::object& document, json::object const& fields, bool deep);
/// A document as answers show it when secrets are masked: values of headers and query_params, and
/// cal_api_key, at any depth.
std::string masked_text(json::value document);

/// Refuses events that chat agents do not have.
void check_chat_events(json::object const& agent);

/// The scalar language "multi" is stored as the array it stands for.
void expand_language(json::object& agent);
/// "skippable": false into nodes that do not say.
void inject_node_defaults(json::object& flow);
/// Search settings once a knowledge base is attached; flows get them on create in any case.
void fill_kb_config(json::object& engine, bool always);
/// The documented defaults of a new resource, where absent.
void fill_defaults(resource r, json::object& document);

/// Refuses a combination of members that the service refuses.
void check_llm(json::object const& llm);

/// Whether the decimal numbers add up to exactly one, without binary rounding. Nothing if one of
/// them is no number from 0 to 1.
std::optional<bool> sums_to_one(std::vector<json::value const*> const& weights);

} // namespace trunkline::retell::simulation
