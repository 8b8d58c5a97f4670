#include "shown.hpp"

#include <trunkline/mask/line_filter.hpp>

#include <stdexcept>

namespace cli {
namespace {

trunkline::masker& shared_masker()
{
    static trunkline::masker m(trunkline::mask_policy::for_operators());
    return m;
}

} // namespace

std::string shown(std::string text)
{
    trunkline::mask_line_filter::mask_in_place(shared_masker(), trunkline::mask_zone::error, text);
    return text;
}

void never_show(std::string_view secret)
{
    try {
        shared_masker().register_secret(secret);
    } catch (std::invalid_argument const&) {
        // Too short to be told from words, or too long to be a key: its shape has to do.
    }
}

} // namespace cli
