#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/retell/catalogue.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace trunkline::sync::detail {

/**
 * The secrets of one request, for what the service says of it: a refusal may quote the value it
 * refuses, as it was sent or in the spelling of JSON or of a URL, or the beginning of it where the
 * quotation ends.
 */
class echoed_secrets {
public:
    echoed_secrets() {}
    /// `sent`: the body as it goes out, secrets in clear.
    echoed_secrets(retell::resource_kind kind, json::value sent);
    /// Puts "***" in their places.
    void hide(std::string& text) const;

private:
    void add(std::string_view secret);
    void hide_cut_short(std::string& text) const;

    std::vector<std::string> spellings_; ///< The longest first.
};

} // namespace trunkline::sync::detail
