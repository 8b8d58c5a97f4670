#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trunkline::sync::detail {

/**
 * The order in which agents go that one release deletes. They may hand over to each other, so all
 * are looked at before the first one goes; who is named by one that stays, stays; and who names
 * others goes before them. Members are known by their index.
 */
class removal_order {
public:
    class member {
    public:
        std::string name;               ///< As a message calls it.
        std::vector<std::size_t> named; ///< The members that it or its engine hands over to.
        bool gone = false;              ///< Before an interruption.
        std::function<void()> go;       ///< May end at once.
        std::function<void(std::string const& user)> stay; ///< Ends at once.
    };
    explicit removal_order(std::vector<member> members);

    /// Nothing that it could see itself is in its way.
    void may_go(std::size_t index);
    /// It is gone, or stays for whatever reason.
    void ended(std::size_t index, bool gone);

private:
    enum class stage : unsigned char { looked_at, waiting, going, over };
    void proceed();
    void take_endings();
    void begin(std::size_t index);
    bool begin_next();
    std::optional<std::size_t> first_of_a_circle() const;

    std::vector<member> members_;
    std::vector<stage> stages_;
    std::vector<std::size_t> users_; ///< How many of those that are not over name it.
    std::vector<std::size_t> free_;  ///< Waiting, and named by nobody any more.
    std::vector<std::pair<std::size_t, bool>> endings_; ///< Not followed up yet, and whether gone.
    std::size_t looked_at_ = 0;
    std::size_t going_ = 0;
    bool proceeding_ = false;
};

} // namespace trunkline::sync::detail
