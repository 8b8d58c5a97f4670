#include <trunkline/retell/paging.hpp>

#include <utility>

namespace trunkline::retell {
namespace {

/// A filter that matches little may give empty pages for a while; this long it is a loop.
constexpr std::size_t patience = 100;

/// What makes a row the same row on another page.
std::string identity(operation const& op, json::value const& row)
{
    auto const* key = op.row_key.empty() ? nullptr : row.find(op.row_key);
    return json::canonical(key != nullptr && !key->is_null() ? *key : row);
}

bool is_older(json::value const& row, json::value const& than)
{
    auto const a = row.int_at("version");
    auto const b = than.int_at("version");
    return a >= 0 && b >= 0 && a < b;
}

} // namespace

bool page_walker::can_walk(operation const& op) noexcept
{
    return op.result == result_kind::page || op.result == result_kind::array;
}

page_walker::page_walker(operation const& op, arguments first) : op_(&op), args_(std::move(first))
{
    if (op.paging == paging_kind::query) {
        args_.parameters.try_emplace("limit", std::to_string(largest_page));
        if (auto const at = args_.parameters.find("pagination_key"); at != args_.parameters.end())
            cursors_.insert(json::canonical(json::value(at->second)));
    }
    if (op.paging == paging_kind::body) {
        if (!args_.body) args_.body = json::object();
        if (!args_.body->is_object()) return; // encode() will complain
        auto& body = args_.body->as_object();
        if (!body.contains("limit")) body.set("limit", largest_page);
        if (auto const* cursor = body.find("pagination_key"))
            cursors_.insert(json::canonical(*cursor));
    }
}

error_code page_walker::take(json::value body, diagnostics& diag)
{
    ++pages_;
    bool const is_page = op_->result == result_kind::page;
    auto const* items = is_page ? &body.at_or_null("items") : &body;
    if (!items->is_array()) return give_up(errc::mistyped_answer, "the answer holds no list", diag);
    auto const known = places_.size();
    for (auto& row : is_page ? body.find("items")->as_array() : body.as_array())
        take_row(std::move(row));
    pages_without_news_ = places_.size() > known ? 0 : pages_without_news_ + 1;

    done_ = !is_page || !body.bool_at("has_more");
    return done_ ? error_code() : go_on(body.find("pagination_key"), diag);
}

void page_walker::take_row(json::value row)
{
    // A bare array is one consistent answer: whatever is twice in it is meant to be.
    if (op_->result == result_kind::array) {
        rows_.push_back(std::move(row));
        return;
    }
    auto const next_place = handed_out_ + rows_.size();
    auto const [at, is_new] = places_.try_emplace(identity(*op_, row), next_place);
    if (is_new) return rows_.push_back(std::move(row));
    met_twice_ = true;
    if (at->second < handed_out_) return;
    auto& known = rows_[at->second - handed_out_];
    if (!is_older(row, known)) known = std::move(row);
}

std::vector<json::value> page_walker::rows()
{
    handed_out_ += rows_.size();
    return std::exchange(rows_, {});
}

error_code page_walker::go_on(json::value const* cursor, diagnostics& diag)
{
    bool const usable = cursor != nullptr && (cursor->is_number() || !cursor->string_or("").empty());
    if (!usable)
        return give_up(errc::mistyped_answer, "the answer says has_more without a cursor", diag);
    if (!cursors_.insert(json::canonical(*cursor)).second)
        return give_up(errc::list_unstable, "the cursor does not move on", diag);
    if (pages_without_news_ >= patience)
        return give_up(errc::list_unstable, "page after page brings nothing new", diag);
    set_cursor(*cursor);
    return {};
}

void page_walker::set_cursor(json::value const& cursor)
{
    if (op_->paging == paging_kind::query) {
        args_.set(
            "pagination_key", cursor.is_string() ? cursor.as_string() : cursor.as_number().text());
        return;
    }
    auto& body = args_.body->make_object();
    body.set("pagination_key", cursor);
    body.erase("skip"); // the service refuses both; it counted for the first page
}

error_code page_walker::give_up(errc code, std::string_view why, diagnostics& diag)
{
    done_ = true;
    diag.operation = op_->name;
    diag.message = std::string(op_->name) + ": page " + std::to_string(pages_) + ": ";
    diag.message.append(why).append("; ask again");
    return code;
}

} // namespace trunkline::retell
