#pragma once

#include "simulator_fields.hpp"
#include "simulator_model.hpp"

/// Plain resources: documents by id that are created, read, changed, deleted and listed. What
/// differs between them is a row of a table.
namespace trunkline::retell::simulation {

enum class shelf : std::uint8_t {
    components,
    test_cases,
    batch_tests,
    test_runs,
    knowledge_bases,
    assets,
    export_requests,
    contacts,
    uploads,
    apps,
    singles, ///< Things of which there is one: the CRM settings and the last run of each job.
};
inline constexpr std::size_t shelf_count = 11;

class shelf_row {
public:
    std::string_view state_member; ///< Of the state document.
    std::string_view noun;         ///< In messages.
    std::string_view id_member;
    std::string_view id_prefix;
    std::string_view created;  ///< Member with the time of creation; empty: none.
    std::string_view modified; ///< Member with the time of the last change; empty: none.
    int missing;               ///< Status for an unknown id.
    resource fields;           ///< What create and update take.
    std::string_view required; ///< Members create needs, separated by spaces.
    std::string_view given;    ///< JSON object: what a new one has unless create says otherwise.
};
shelf_row const& row_of(shelf s);

/// A change that comes by itself when its time has come.
class coming_change {
public:
    std::int64_t at = 0; ///< unix ms
    json::object set;
};

class shelf_record {
public:
    std::string id;
    document_ptr doc;
    json::object hidden;               ///< Kept beside the document and never shown.
    std::vector<coming_change> coming; ///< Ascending by time.
    std::int64_t created = 0;          ///< 0: was there from the start.
    std::int64_t position = 0;         ///< In lists.
};

/// The shelves' part of an account.
class shelves {
public:
    collection<shelf_record>& operator[](shelf s) { return records_[static_cast<std::size_t>(s)]; }
    collection<shelf_record> const& operator[](shelf s) const
    {
        return records_[static_cast<std::size_t>(s)];
    }

    // simulator_shelf_state.cpp
    /// Reads the members of a state that belong to shelves. Throws trunkline::error.
    void load(json::value const& state);
    /// Appends them: ,"contacts":[...],...
    void append_to(std::string& state) const;
    static bool owns(std::string_view state_member);
    std::int64_t newest() const;

private:
    collection<shelf_record> records_[shelf_count];
};

/// Makes the changes whose time has come. Returns whether there were any.
bool ripen(shelf_record& r, std::int64_t now);

} // namespace trunkline::retell::simulation
