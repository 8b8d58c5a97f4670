#pragma once

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/error.hpp>
#include <trunkline/core/json.hpp>
#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/operation.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace trunkline::retell {

/**
 * Walks a list page by page, without any I/O: it says what to ask next and takes what came.
 *
 * Rows may be inserted, moved and changed while the walk goes on. A row met twice is kept once, at
 * its first place and with the content of the newer version. A walk ends on has_more = false only.
 */
class page_walker {
public:
    static constexpr std::int64_t largest_page = 1000;

    /// Pages of `largest_page`, unless the caller's arguments set `limit`. An operation that
    /// answers a bare array is a walk of one page.
    page_walker(operation const& op, arguments first);

    /// Whether the operation answers a list at all.
    static bool can_walk(operation const& op) noexcept;

    bool done() const noexcept { return done_; }
    std::size_t pages() const noexcept { return pages_; }
    /// A row came a second time: something moved during the walk.
    bool met_twice() const noexcept { return met_twice_; }
    /// The arguments of the next request. Precondition: !done().
    arguments const& next() const noexcept { return args_; }

    /**
     * Takes the answer of the request next() described.
     * Errors: mistyped_answer if it says has_more without a cursor; list_unstable if the cursor
     * does not move or comes back, or page after page brings nothing new. The walk is over then.
     */
    error_code take(json::value body, diagnostics& diag);

    /// The rows taken since the last time, in the order of the service. Rows handed out here are
    /// remembered by name: when met again they are dropped.
    std::vector<json::value> rows();

private:
    void take_row(json::value row);
    error_code go_on(json::value const* cursor, diagnostics& diag);
    error_code give_up(errc code, std::string_view why, diagnostics& diag);
    void set_cursor(json::value const& cursor);

    operation const* op_;
    arguments args_;
    bool done_ = false;
    std::size_t pages_ = 0;
    bool met_twice_ = false;
    std::size_t handed_out_ = 0; ///< Places below this are of rows that are gone.
    std::size_t pages_without_news_ = 0;
    std::set<std::string> cursors_;
    std::vector<json::value> rows_;
    std::unordered_map<std::string, std::size_t> places_;
};

} // namespace trunkline::retell
