// SPDX-License-Identifier: Apache-2.0
package org.survol.access;

import java.lang.reflect.Method;
import java.util.Set;

/** What a request needs, and the roles that have it. */
enum Right {
    NONE(Set.of()),
    READ(Set.of("reader", "operator", "publisher", "admin")),
    PUBLISH(Set.of("publisher", "operator", "admin")),
    CHANGE(Set.of("operator", "admin"));

    private static final Set<String> READING_METHODS = Set.of("GET", "HEAD", "OPTIONS");

    private final Set<String> roles;

    Right(Set<String> roles) {
        this.roles = roles;
    }

    Set<String> roles() {
        return roles;
    }

    /** @param target the Java method that answers */
    static Right of(String httpMethod, Class<?> resource, Method target) {
        if (resource.isAnnotationPresent(OwnGuard.class)) {
            return NONE;
        }
        if (READING_METHODS.contains(httpMethod) || target.isAnnotationPresent(Reads.class)) {
            return READ;
        }
        return target.isAnnotationPresent(Publishes.class) ? PUBLISH : CHANGE;
    }
}
