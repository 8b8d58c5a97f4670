#include "simulator_shelf.hpp"

#include <trunkline/core/diagnostics.hpp>

/// How shelves are saved and loaded: documents under their own names, what they do not show beside
/// them in "shelf_records": {member: {id: {"position", "hidden"?, "coming"?}}}.
namespace trunkline::retell::simulation {

namespace {

constexpr std::string_view records_member = "shelf_records";

[[noreturn]] void refuse_shelf(std::string const& why)
{
    throw error(errc::invalid_argument, "not a simulator state: " + why);
}

json::value to_json(shelf_record const& r)
{
    json::object out{{"position", r.position}};
    if (!r.hidden.empty()) out.set("hidden", r.hidden);
    if (r.coming.empty()) return out;
    json::array coming;
    for (auto const& c : r.coming) coming.emplace_back(json::object{{"at", c.at}, {"set", c.set}});
    out.set("coming", std::move(coming));
    return out;
}

void read_kept(shelf_record& r, json::value const& kept)
{
    r.position = kept.int_at("position", r.position);
    if (json::value const* hidden = kept.find("hidden"); hidden && hidden->is_object())
        r.hidden = hidden->as_object();
    json::value const& coming = kept.at_or_null("coming");
    if (!coming.is_array()) return;
    for (json::value const& c : coming.as_array()) {
        json::value const* set = c.find("set");
        if (!set || !set->is_object()) refuse_shelf("a coming change of " + r.id + " sets nothing");
        r.coming.push_back({c.int_at("at", 0), set->as_object()});
    }
    std::ranges::stable_sort(r.coming, {}, &coming_change::at);
}

shelf_record load_record(shelf_row const& row, json::value const& doc, json::value const& kept)
{
    shelf_record r;
    r.id = doc.string_at(row.id_member);
    if (r.id.empty())
        refuse_shelf(
            std::string(row.state_member) + " has one without its " + std::string(row.id_member));
    r.position = doc.int_at(row.created, doc.int_at(row.modified, 0));
    read_kept(r, kept.at_or_null(r.id));
    r.doc = std::make_shared<document const>(doc);
    return r;
}

} // namespace

void shelves::load(json::value const& state)
{
    json::value const& kept = state.at_or_null(records_member);
    for (std::size_t i = 0; i < shelf_count; ++i) {
        auto const& row = row_of(static_cast<shelf>(i));
        json::value const& list = state.at_or_null(row.state_member);
        if (list.is_null()) continue;
        if (!list.is_array()) refuse_shelf('"' + std::string(row.state_member) + "\" is no array");
        for (json::value const& doc : list.as_array()) {
            auto r = load_record(row, doc, kept.at_or_null(row.state_member));
            if (records_[i].find(r.id)) refuse_shelf(r.id + " is there twice");
            records_[i].insert(std::move(r));
        }
    }
}

void shelves::append_to(std::string& state) const
{
    json::object kept;
    for (std::size_t i = 0; i < shelf_count; ++i) {
        if (records_[i].size() == 0) continue;
        auto const name = row_of(static_cast<shelf>(i)).state_member;
        json::object of_shelf;
        state += ',' + json::to_text(name) + ":[";
        for (auto const& [position, id] : records_[i].order()) {
            auto const& r = *records_[i].find(id);
            if (state.back() != '[') state += ',';
            state += r.doc->text;
            of_shelf.set(id, to_json(r));
        }
        state += ']';
        kept.set(name, std::move(of_shelf));
    }
    if (!kept.empty())
        state += ',' + json::to_text(records_member) + ':' + json::to_text(std::move(kept));
}

bool shelves::owns(std::string_view state_member)
{
    if (state_member == records_member) return true;
    for (std::size_t i = 0; i < shelf_count; ++i)
        if (row_of(static_cast<shelf>(i)).state_member == state_member) return true;
    return false;
}

std::int64_t shelves::newest() const
{
    std::int64_t newest = 0;
    for (auto const& records : records_)
        if (!records.order().empty()) newest = std::max(newest, records.order().rbegin()->first);
    return newest;
}

} // namespace trunkline::retell::simulation
