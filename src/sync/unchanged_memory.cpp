#include <trunkline/sync/planner.hpp>

namespace trunkline::sync {

bool unchanged_memory::knows(std::string_view file_digest, std::string_view base_digest) const
{
    auto const found = known_.find(file_digest);
    return found != known_.end() && found->second == base_digest;
}

unchanged_memory::agent_finding const* unchanged_memory::agent(std::string_view file_digest) const
{
    auto const found = agents_.find(file_digest);
    return found == agents_.end() ? nullptr : &found->second;
}

void unchanged_memory::add_agent(std::string_view file_digest, agent_finding f)
{
    agents_.insert_or_assign(std::string(file_digest), std::move(f));
}

void unchanged_memory::add(std::string_view file_digest, std::string_view base_digest)
{
    known_.insert_or_assign(std::string(file_digest), std::string(base_digest));
}

} // namespace trunkline::sync
