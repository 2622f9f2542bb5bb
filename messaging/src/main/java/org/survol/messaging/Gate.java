// SPDX-License-Identifier: Apache-2.0
package org.survol.messaging;

/** What must hold before work is taken: the topics are there, the store is fit, the group is configured. */
@FunctionalInterface
interface Gate {

    Gate OPEN = () -> true;

    /** Cheap; asked again until it is true. */
    boolean isOpen();
}
