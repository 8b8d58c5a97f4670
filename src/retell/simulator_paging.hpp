#pragma once

#include "simulator_model.hpp"

namespace trunkline::retell::simulation {

/// limit, pagination_key and sort_order of a list.
class page_request {
public:
    using key = std::pair<std::int64_t, std::string>; ///< Sort position of a row.

    /// Refuses with 400 what the service would not understand. A cursor is only good for the list,
    /// `scope`, and the order it was made for.
    page_request(call const& c, std::string_view scope);

    std::size_t limit = 50;
    bool descending = true;
    std::optional<key> after;

    /// The position of a last row, opaque. Names a place, not a count: inserts do not move it.
    std::string cursor(key const& last) const;

private:
    std::string scope_;
};

/// A page under construction.
class page {
public:
    explicit page(page_request const& request) : request_(request) {}
    /// False when the page is full; the row was not taken then.
    bool add(page_request::key const& position, std::string_view row);
    http::reply reply() &&;

private:
    page_request const& request_;
    std::string rows_;
    std::size_t count_ = 0;
    page_request::key last_;
    bool has_more_ = false;
};

/// Builds a page of `order`; `row` gives a row's text, or empty to leave it out.
template <class Row>
http::reply make_page(page_request const& request, std::set<page_request::key> const& order, Row row)
{
    page out(request);
    auto const take = [&](auto first, auto last) {
        for (; first != last; ++first) {
            auto const& text = row(first->second);
            if (!text.empty() && !out.add(*first, text)) return;
        }
    };
    if (request.descending) {
        auto const start = request.after ? order.lower_bound(*request.after) : order.end();
        take(std::make_reverse_iterator(start), order.rend());
    } else {
        take(request.after ? order.upper_bound(*request.after) : order.begin(), order.end());
    }
    return std::move(out).reply();
}

} // namespace trunkline::retell::simulation
