#pragma once

#include <trunkline/core/json.hpp>
#include <trunkline/core/random.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

/// Random documents that favour what breaks parsers. Every run is replayed from its seed.
namespace trunkline::test {

/// The seed of a random test: TRUNKLINE_TEST_SEED if set, else always the same.
inline std::uint64_t seed()
{
    auto const* const given = std::getenv("TRUNKLINE_TEST_SEED");
    return given ? std::strtoull(given, nullptr, 10) : 20260122;
}

class random_json {
public:
    explicit random_json(std::uint64_t seed_value) : random_(seed_value) {}

    random_source& source() noexcept { return random_; }
    std::size_t below(std::size_t bound) { return random_.below(bound); }
    bool one_in(std::size_t n) { return below(n) == 0; }

    json::value document(unsigned depth = 4)
    {
        switch (below(depth == 0 ? 5 : 8)) {
        case 0: return nullptr;
        case 1: return one_in(2);
        case 2: return json::number(number_text());
        case 3:
        case 4: return text();
        case 5: return items(depth - 1);
        default: return members(depth - 1);
        }
    }

    /// Valid JSON numbers of every shape, few digits or many, small exponents or absurd ones.
    std::string number_text()
    {
        std::string out = one_in(3) ? "-" : "";
        out += one_in(4) ? "0" : std::string(1, char('1' + below(9))) + digits(below(20));
        if (one_in(2)) out += '.' + digits(1 + below(20));
        if (one_in(3)) {
            out += one_in(2) ? "e" : "E";
            out += one_in(3) ? "-" : one_in(2) ? "+" : "";
            out += digits(one_in(10) ? 25 : 1 + below(3));
        }
        return out;
    }

    std::string digits(std::size_t count)
    {
        std::string out;
        while (out.size() < count) out += one_in(3) ? '0' : char('0' + below(10));
        return out;
    }

    /// Well-formed WTF-8: a high surrogate is never followed by a low one.
    std::string text()
    {
        static char const* const parts[] = {"a", "Stadtwerke", "\"", "\\", "/", "\n", "\t", "\b",
            "\f", "\r", "\x01", "\x1f", "\x7f", "\u00e4\u00f6\u00fc\u00df", "\u20ac", "\u2028",
            "\U0001f600", "\xed\xa0\x80", "\xed\xb0\x80", "{{name}}", " "};
        std::string out;
        bool after_high = false;
        for (auto left = below(12); left > 0; --left) {
            std::string part = one_in(30) ? std::string(1, '\0') : parts[below(std::size(parts))];
            if (after_high && part == "\xed\xb0\x80") continue;
            after_high = part == "\xed\xa0\x80";
            out += part;
        }
        return out;
    }

    /// The same document with the members of every object in another order.
    json::value shuffled(json::value v)
    {
        if (v.is_array())
            for (auto& item : v.as_array()) item = shuffled(std::move(item));
        if (!v.is_object()) return v;
        std::vector<json::member> order(v.as_object().begin(), v.as_object().end());
        for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[below(i)]);
        json::object out;
        for (auto& m : order) out.set(m.key, shuffled(std::move(m.val)));
        return out;
    }

    /// The same document with every number spelled in another way.
    json::value respelled(json::value v)
    {
        if (v.is_number()) return json::number(respelled(v.as_number().text()));
        if (v.is_array())
            for (auto& item : v.as_array()) item = respelled(std::move(item));
        if (v.is_object())
            for (auto& m : v.as_object()) m.val = respelled(std::move(m.val));
        return v;
    }

    std::string respelled(std::string number)
    {
        if (number.find_first_of("eE") != std::string::npos) {
            auto const e = number.find_first_of("eE");
            auto const has_point = number.find('.') != std::string::npos;
            return number.insert(e, has_point ? "00" : ".000");
        }
        if (number.find('.') != std::string::npos) return number + (one_in(2) ? "0" : "e+0");
        if (number == "0" || number == "-0") return number + ".0e7";
        return number + (one_in(2) ? "00E-2" : ".0");
    }

    /// One to four small damages, most of them with characters that mean something.
    std::string mutated(std::string text)
    {
        static constexpr std::string_view alphabet =
            "{}[]\",:\\/u0123456789dDcCeE+-. \n\ttfn\x80\xc3\xa4";
        for (auto left = 1 + below(4); left > 0; --left) {
            auto const at = below(text.size() + 1);
            auto const letter = alphabet[below(alphabet.size())];
            switch (below(4)) {
            case 0: text.insert(at, 1, letter); break;
            case 1: text.erase(at, 1 + below(3)); break;
            case 2:
                if (at < text.size()) text[at] = letter;
                break;
            default: text.insert(at, text.substr(below(text.size() + 1), below(12)));
            }
        }
        return text;
    }

private:
    json::value items(unsigned depth)
    {
        json::array out;
        for (auto left = below(5); left > 0; --left) out.push_back(document(depth));
        return out;
    }

    json::value members(unsigned depth)
    {
        json::object out;
        for (auto left = one_in(8) ? 40 : below(6); left > 0; --left)
            out.set(text(), document(depth));
        return out;
    }

    random_source random_;
};

} // namespace trunkline::test
