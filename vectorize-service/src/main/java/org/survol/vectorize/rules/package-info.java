/**
 * What a map leaves out and how smooth its lines are: rule sets, as data. Knows no topology and no files but its own.
 */
package org.survol.vectorize.rules;
