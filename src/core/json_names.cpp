#include <trunkline/core/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

namespace trunkline::json {

/**
 * The names that a thread gave out lately, so that equal ones are one text in memory.
 *
 * A place in it is taken over by the next name that falls there: whatever names a stranger sends,
 * it never holds more than it has places. A name lives as long as some member has it.
 */
class kept_names {
public:
    using text = detail::shared_part<std::string>;

    static text find(std::string_view name)
    {
        // Longer ones are data in the place of names: nobody repeats them.
        constexpr std::size_t longest = 64;
        auto* const names = name.size() <= longest ? of_thread() : nullptr;
        return names ? names->kept(name) : text(std::string(name));
    }

private:
    static constexpr unsigned row_bits = 8;
    static constexpr std::size_t rows = std::size_t(1) << row_bits;
    static constexpr std::size_t places = 4; ///< Of a row.

    /// Null while the thread ends: what is destroyed late may still make documents.
    static kept_names* of_thread()
    {
        class owner {
        public:
            ~owner()
            {
                delete mine_;
                mine_ = nullptr;
                ended_ = true;
            }
        };
        if (mine_ || ended_) return mine_;
        thread_local owner const until_the_end;
        return mine_ = new kept_names;
    }

    text const& kept(std::string_view name)
    {
        auto& row = names_[place(name)];
        for (auto& at : row) {
            if (!at) return at.emplace(std::string(name));
            if (at->read() == name) return *at;
        }
        return row[next_++ % places].emplace(std::string(name));
    }

    /// Ends and length tell the names of documents apart. Names made to fall together only push
    /// each other out.
    static std::size_t place(std::string_view name) noexcept
    {
        std::uint64_t first = 0, last = 0;
        if (auto const n = std::min(name.size(), sizeof first); n > 0) {
            std::memcpy(&first, name.data(), n);
            std::memcpy(&last, name.data() + name.size() - n, n);
        }
        auto const mixed = (first ^ name.size()) * 0x9e3779b97f4a7c15U + last;
        return mixed * 0xd6e8feb86659fd93U >> (64U - row_bits); // only the last bits know all of it
    }

    inline static thread_local kept_names* mine_ = nullptr;
    inline static thread_local bool ended_ = false;

    std::array<std::array<std::optional<text>, places>, rows> names_;
    std::size_t next_ = 0;
};

member_name::member_name(std::string_view text) : text_(kept_names::find(text)) {}

} // namespace trunkline::json
