#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/retell/call_record.hpp>
#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/operation.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cli {

class console;

/// Throws usage_error with a guess what was meant.
trunkline::retell::operation const& operation_named(std::string const& name);

/// The page of one operation: what it takes, what it gives, how it is treated.
std::string operation_help(trunkline::retell::operation const& op);

/// What a client did, as data and (on standard error) for people.
trunkline::json::array explained(std::vector<trunkline::retell::call_record> const& calls);
void explain(console& out, std::vector<trunkline::retell::call_record> const& calls);

/// A file for a form from "FIELD=PATH" or "FIELD=PATH;type=MEDIA/TYPE". Throws usage_error for
/// another shape and trunkline::error for a file that cannot be read.
trunkline::retell::attachment read_attachment(std::string const& argument);

} // namespace cli
