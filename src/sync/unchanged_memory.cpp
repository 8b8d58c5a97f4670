#include <trunkline/sync/planner.hpp>

namespace trunkline::sync {

bool unchanged_memory::knows(std::string_view file_digest, std::string_view base_digest) const
{
    auto const found = known_.find(file_digest);
    return found != known_.end() && found->second == base_digest;
}

unchanged_memory::agent_finding const* unchanged_memory::agent(
    std::string_view file_digest, agent_finding const* last) const
{
    auto const next = last ? static_cast<std::size_t>(last - agents_.data()) + 1 : 0;
    if (next < agents_.size() && agents_[next].file == file_digest) return &agents_[next];
    auto const found = places_.find(file_digest);
    return found == places_.end() ? nullptr : &agents_[found->second];
}

void unchanged_memory::add_agent(agent_finding f)
{
    auto const [at, is_new] = places_.try_emplace(f.file, agents_.size());
    if (is_new) agents_.push_back(std::move(f));
    else agents_[at->second] = std::move(f);
}

void unchanged_memory::add(std::string_view file_digest, std::string_view base_digest)
{
    known_.insert_or_assign(std::string(file_digest), std::string(base_digest));
}

} // namespace trunkline::sync
