#pragma once

#include <trunkline/retell/catalogue.hpp>

#include <cstdint>
#include <string>
#include <vector>

/**
 * Whether the service would take the values of a document, as far as the catalogue knows what it
 * takes: asked before anything is sent, because a refusal in the middle of a release leaves half of it.
 *
 * Thread safety: any thread.
 */
namespace trunkline::retell {

/// What is wrong with a value, to be put behind a field's name: "must be a number"; empty: nothing.
std::string value_problem(value_rule const& rule, json::value const& v);
/// All that is asked of it: "a number between 0.5 and 2".
std::string requirement(value_rule const& rule);

enum class finding_kind : std::uint8_t {
    value, ///< Would be refused, if the service has learned nothing since.
    reference, ///< "@env:NAME" and its like where nothing is put in its place: it would go live as text.
    hint, ///< Looks misspelt, and is carried through all the same: a name nearly that of a known
          ///< field, a word nearly a known one where others may be right, a URL without TLS.
};

class value_finding {
public:
    value_finding() {}
    finding_kind kind = finding_kind::value;
    std::string path; ///< For readers: "general_tools[book].timeout_ms".
    std::string text; ///< Never holds a value of the document but numbers.
};

/// Of what `after` has otherwise than `before`; all of it where `before` is null.
std::vector<value_finding> check_values(
    resource_kind kind, json::value const& before, json::value const& after);

} // namespace trunkline::retell
