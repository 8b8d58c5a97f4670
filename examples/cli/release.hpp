#pragma once

#include "release_view.hpp"
#include "session.hpp"

#include <optional>

// What apply and rollback have in common: both carry out a plan.
namespace cli {

/// Options with a question to whoever is there. `show_always`: the plan is shown also where nobody is asked.
trunkline::apply_options release_options(session& s, bool show_always);

/// What becomes of a release that has not ended.
void show_unfinished(session& s, trunkline::store::release_row const& r);

using release_outcome = outcome<trunkline::apply_report>;

/// What was done, or under --dry-run what would be.
void show_release(session& s, release_outcome const& r);
/// An error message that says what to do next.
diagnostics advised(session const& s, release_outcome const& r);
/// The document of --json or the error, and the exit code.
exit_code finish_release(session& s, release_outcome const& r);

} // namespace cli
