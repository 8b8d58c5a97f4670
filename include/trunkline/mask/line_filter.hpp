#pragma once

#include <trunkline/core/log.hpp>
#include <trunkline/mask/masker.hpp>

#include <string>

namespace trunkline {

/**
 * The masker as the last hand on the lines of a log: json_line_sink sink(out, filter).
 *
 * Works on the finished line, so that what appears only there (a field's text, the text of an
 * exception) is masked too. A line stays JSON. If masking fails, the marker is the line.
 * Thread safety: any thread. Lifetimes: shares the masker's policy and counters.
 */
class mask_line_filter final : public line_filter {
public:
    explicit mask_line_filter(masker m, mask_zone zone = mask_zone::log) noexcept
        : masker_(std::move(m)), zone_(zone)
    {}
    void apply(std::string& line) const noexcept override { mask_in_place(masker_, zone_, line); }

    /// Replaces a text by what may leave into the zone.
    static void mask_in_place(masker const& m, mask_zone zone, std::string& text) noexcept
    {
        auto result = m.mask(text, zone);
        if (!result.unchanged()) text.swap(result.output);
    }

private:
    masker masker_;
    mask_zone zone_;
};

} // namespace trunkline
