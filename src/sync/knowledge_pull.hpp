#pragma once

#include <trunkline/sync/checkout.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace trunkline::sync::detail {

/// Which knowledge bases a folder is to have. The service shows no texts, so their content is what
/// was built from the files; after a rollback the engines name the one that had been superseded,
/// and that is the file's again.
class knowledge_pull {
public:
    knowledge_pull(std::optional<bundle> const& local, std::vector<store::base_row> const& bases,
        snapshot const& remote, store::store const& s, tenant_id const& tenant)
        : local_(local), bases_(bases), remote_(remote), store_(s), tenant_(tenant)
    {}

    /// By the name of the file. Ids that take another's place are given to `names`, and what
    /// becomes of the rows to `out`.
    std::map<std::string, store::base_row> find(name_table& names, checkout& out);

private:
    bool is_in_use(std::string const& id) const;
    bool is_of_this_folder(store::base_row const& known) const;
    bool was_taken_back(std::string const& id) const;
    bool led_to(
        std::int64_t release, std::set<std::string> const& released, std::string const& id) const;
    std::vector<store::release_row> const& releases() const;

    std::optional<bundle> const& local_;
    std::vector<store::base_row> const& bases_;
    snapshot const& remote_;
    store::store const& store_;
    tenant_id const& tenant_;
    mutable std::optional<std::vector<store::release_row>> releases_; ///< Read when asked for.
};

} // namespace trunkline::sync::detail
