#include <trunkline/core/crypto.hpp>
#include <trunkline/retell/read_cache.hpp>

#include <algorithm>

namespace trunkline::retell {
namespace {

/// Keys may be stored in the clear, and a number is personal.
std::string shown(std::string_view parameter, std::string const& value)
{
    if (parameter.find("number") == parameter.npos) return value;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    auto const digest = crypto::sha256(value);
    for (std::size_t i = 0; i < 16; ++i) {
        out += digits[digest[i] >> 4];
        out += digits[digest[i] & 15];
    }
    return out;
}

} // namespace

read_cache::read_cache(read_cache_options const& options, time_source& time,
    resilience::cache_backing* backing, std::shared_ptr<resilience::resilience_space> space)
    : operations_(options.operations), cache_(options.cache, time, backing, 8, std::move(space))
{
    std::ranges::sort(operations_);
}

bool read_cache::covers(operation const& op) const noexcept
{
    return may_cover(op) && std::ranges::binary_search(operations_, op.name);
}

bool read_cache::may_cover(operation const& op) noexcept
{
    return op.retry == retry_class::safe && op.method == "GET" && op.body == body_kind::none &&
        op.result != result_kind::nothing;
}

std::string read_cache::resource_of(operation const& op, arguments const& args)
{
    std::string out;
    for (auto const name : path_parameters(op)) {
        auto const at = args.parameters.find(name);
        if (at == args.parameters.end()) continue;
        out.append(name).append("/").append(shown(name, at->second)).append("/");
    }
    return out;
}

resilience::cache_key read_cache::key_of(
    tenant_id const& tenant, operation const& op, arguments const& args, std::string_view target)
{
    auto name = resource_of(op, args);
    if (name.empty()) name = "all/";
    name.append(op.name);
    if (auto const query = target.find('?'); query != target.npos)
        name.append(target.substr(query));
    return {tenant, std::move(name)};
}

void read_cache::wrote(tenant_id const& tenant, operation const& op, std::string const& resource)
{
    if (op.retry == retry_class::safe) return;
    cache_.invalidate(tenant, "all/"); // lists and settings of the account
    if (!resource.empty()) cache_.invalidate(tenant, resource);
}

} // namespace trunkline::retell
