// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

/** Hears how far the generator is; may be called from several threads, one at a time. */
@FunctionalInterface
public interface ProgressListener {

    ProgressListener SILENT = (step, done, total) -> {};

    /**
     * @param step what is being done, for people
     * @param done of {@code total}, rising
     */
    void progress(String step, long done, long total);
}
