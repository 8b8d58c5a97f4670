#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/retell/catalogue.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/**
 * The linter: what is wrong with agents, engines and numbers before any caller notices. It reads
 * documents and nothing else, never throws for what it reads, and finds everything at once.
 * docs/lint.md lists the rules.
 *
 * Thread safety: pure functions, any thread.
 */
namespace trunkline::retell {

enum class lint_severity : std::uint8_t { off, warning, error };
std::string_view name(lint_severity s) noexcept;
std::optional<lint_severity> parse_lint_severity(std::string_view text) noexcept;

/// One thing the linter knows to look for.
class lint_rule {
public:
    std::string_view id;    ///< "edge-dangling"; stable.
    lint_severity severity; ///< Unless the configuration says otherwise.
    std::string_view summary;
    std::string_view hint; ///< What to do about it.
};
/// In the order of docs/lint.md.
std::span<lint_rule const> lint_rules() noexcept;
/// Null if there is none.
lint_rule const* find_lint_rule(std::string_view id) noexcept;
/// The table as Markdown: what docs/lint.md holds.
std::string lint_rules_markdown();

/// One document to look at.
class lint_document {
public:
    lint_document() {}
    resource_kind kind = resource_kind::agent;
    std::string file; ///< What findings call it: "flows/booking.json".
    /// How others may refer to it: its id, and "@flows/booking". Empty where it has none.
    std::string id;
    std::string reference;
    json::value document;
    /// It stands in a file: versions are filled in by releases, and secrets belong into the vault.
    bool from_file = false;
};

class lint_finding {
public:
    lint_finding() {}
    std::string rule;
    lint_severity severity = lint_severity::error;
    std::string file;
    std::string pointer; ///< JSON pointer to the place; "" is the document.
    std::string message; ///< Names ids, not indices: the same defect, the same message.
    std::string hint;
};
json::value to_json(lint_finding const& f);

/// Sizes above which the linter warns.
class lint_limits {
public:
    lint_limits() {}
    std::size_t nodes = 100;           ///< Of a flow or component.
    std::size_t tools = 50;            ///< Of an engine.
    std::size_t prompt_chars = 65'536; ///< Of one prompt, in characters.
    std::size_t name_chars = 64;       ///< Of a tool's name; it is an error there.
};

/// A finding that is known and accepted.
class lint_exception {
public:
    lint_exception() {}
    std::string rule;    ///< Empty: any.
    std::string file;    ///< Empty: any.
    std::string pointer; ///< This place and all below it; empty: any.
};

class lint_config {
public:
    lint_config() {}
    std::map<std::string, lint_severity, std::less<>> severities; ///< By rule.
    lint_limits limits;
    std::vector<lint_exception> exceptions;
    /// Node types beyond those known here.
    std::set<std::string, std::less<>> node_types;
    /// Ids of resources that are no documents here, by kind as in field_rule::target: a reference
    /// to a listed kind must name one of them. "knowledge-base", "voice", "conversation-flow-component".
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> known;

    /**
     * {"rules": {"tool-unused": "off"}, "limits": {"nodes": 60}, "node_types": ["new_kind"],
     *  "known": {"knowledge-base": ["..."]}, "except": [{"rule", "file", "pointer"}]}
     * Throws trunkline::error (invalid_argument) naming what it does not understand.
     */
    static lint_config from_json(json::value const& document);
};

/// Everything wrong with these documents, each and together: by document, then by place. References
/// to kinds of which at least one document's id is known must lead to a document.
std::vector<lint_finding> lint(
    std::span<lint_document const> documents, lint_config const& config = {});

/// The kind a document seems to be of, by its members; nothing if it could be none.
std::optional<resource_kind> guess_kind(json::value const& document) noexcept;

} // namespace trunkline::retell
