#pragma once

#include <trunkline/core/json.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

namespace json = trunkline::json;

/// Text as it may be shown on a terminal: one line, without control characters and without marks
/// that reorder what is written. Names of agents come from others.
std::string printable(std::string_view text);

/// JSON text in which such characters are written as escapes. The document stays the same.
std::string printable_json(std::string_view text);

/// Columns a printable text takes, near enough for aligning: one a character.
std::size_t width(std::string_view text);
std::string padded(std::string_view text, std::size_t columns);
/// At most `columns` characters; what is cut is replaced by "…".
std::string shortened(std::string_view text, std::size_t columns);

/// The parts of several texts where they differ, with a little of what they share around them.
std::vector<std::string> focused(std::vector<std::string> texts, std::size_t around = 32);

/// Secrets are masked, and references to sealed ones become "(secret)": their digests say nothing
/// to a reader.
std::string without_secrets(std::string_view text);

/// A value in few words.
std::string in_short(std::optional<json::value> const& v, std::size_t columns = 64);
/// What a diff compares line by line: a text itself, anything else as indented JSON.
std::string in_full(json::value const& v);

/// The candidate a mistyped word was probably meant to be; empty if none is near.
std::string nearest(std::string_view word, std::span<std::string_view const> candidates);

/// "1 agent", "2 agents"
std::string counted(std::size_t n, std::string_view thing);
std::string joined(std::vector<std::string> const& parts, std::string_view between = ", ");
/// "2026-11-22 09:30:00 UTC"; empty for 0.
std::string moment(std::int64_t unix_ms);

} // namespace cli
