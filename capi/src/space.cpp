#include "space.hpp"

using namespace trunkline::capi;

extern "C" {

trunkline_status trunkline_space_open(char const* name, size_t name_len,
    trunkline_space_options const* options, trunkline_space** out, trunkline_error** error)
{
    return guarded(error, [&]() -> trunkline_status {
        checked(out, "out") = nullptr;
        auto const given = options_of(options);
        if (given.flags & ~std::uint32_t(TRUNKLINE_SPACE_PRIVATE | TRUNKLINE_SPACE_NO_CREATE))
            throw std::invalid_argument("flags of the space options: a bit is unknown");
        res::space_options o;
        if (given.keys != 0) o.keys = given.keys;
        if (given.lease_pools != 0) o.lease_pools = given.lease_pools;
        if (given.events != 0) o.events = given.events;
        o.shared = !(given.flags & TRUNKLINE_SPACE_PRIVATE);
        o.create = !(given.flags & TRUNKLINE_SPACE_NO_CREATE);
        if (auto const d = text(given.directory, given.directory_len, "directory", longest_name);
            !d.empty())
            o.directory = d;
        auto s = std::make_shared<res::resilience_space>(
            res::resilience_space::open(required_name(name, name_len, "name"), o));
        *out = new trunkline_space{std::move(s)};
        return TRUNKLINE_OK;
    });
}

void trunkline_space_close(trunkline_space* s)
{
    delete s;
}

int32_t trunkline_space_is_shared(trunkline_space const* s)
{
    return s && s->space->kind() == res::resilience_space::kind_type::shared ? 1 : 0;
}

char const* trunkline_space_reason(trunkline_space const* s)
{
    return s ? s->space->reason().c_str() : "";
}

} // extern "C"
