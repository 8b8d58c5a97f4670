<?php

declare(strict_types=1);

namespace Support;

/** Exceptions of other packages, which need not be installed: only their names and how they give an answer matter. */
final class Foreign
{
    public static function exception(string $name, string $message = 'x'): \Throwable
    {
        return new (self::named($name))($message);
    }

    /** With the answer of a service, as the package holds it. */
    public static function answered(string $name, int $status): \Throwable
    {
        $e = self::exception($name);
        $e->response = str_starts_with($name, 'Illuminate')
            ? new class($status) {
                public function __construct(private int $code)
                {
                }
                public function status(): int
                {
                    return $this->code;
                }
            }
            : new class($status) {
                public function __construct(private int $code)
                {
                }
                public function getStatusCode(): int
                {
                    return $this->code;
                }
            };
        return $e;
    }

    /** A class that is, or implements, what is called so; of our own where the package is not loaded. */
    private static function named(string $name): string
    {
        $at = strrpos($name, '\\');
        [$space, $short] = [substr($name, 0, $at), substr($name, $at + 1)];
        $is_interface = str_ends_with($short, 'Interface');
        if (!class_exists($name, false) && !interface_exists($name, false))
            eval("namespace $space; " . ($is_interface ? "interface $short extends \\Throwable {}" : "class $short extends \\RuntimeException {}"));
        $ours = 'Foreign' . strtr($name, '\\', '_');
        if (class_exists($ours, false)) return $ours;
        $base = $is_interface ? "\\RuntimeException implements \\$name" : "\\$name";
        // Guzzle and Symfony have a getter, Laravel has a property.
        $getter = str_starts_with($name, 'Illuminate') ? '' : 'public function getResponse() { return $this->response; }';
        eval("class $ours extends $base { public ?object \$response = null; public function __construct(string \$m) { \$this->message = \$m; } $getter }");
        return $ours;
    }
}
