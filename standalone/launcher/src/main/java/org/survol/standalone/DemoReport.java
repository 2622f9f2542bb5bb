// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.survol.core.nomenclature.Nomenclature;
import org.survol.standalone.AcquisitionProgress.ProductFile;

/**
 * The outcome of a demo: what the chain made, and how right it is.
 *
 * @param urls addresses to open while the instance runs
 * @param totalSeconds the flight's generation, the start of all processes and the comparison included
 */
record DemoReport(
        @JsonUnwrapped Summary summary, Optional<Accuracy> accuracy, Map<String, String> urls, double totalSeconds) {

    /**
     * The map against the truth, over pixels that have a class in both.
     *
     * @param overallAccuracy share of those pixels whose class is right
     * @param meanIou mean over the classes that the truth has
     * @param unmappedPixels pixels that have a true class but none in the map; not part of the shares
     */
    record Accuracy(
            double overallAccuracy,
            double meanIou,
            long comparedPixels,
            long unmappedPixels,
            List<ConfusionMatrix.ClassAccuracy> classes) {

        static Accuracy of(ConfusionMatrix matrix, Nomenclature nomenclature) {
            var classes = matrix.classes(nomenclature);
            double meanIou = classes.stream()
                    .filter(c -> c.truthPixels() > 0)
                    .mapToDouble(ConfusionMatrix.ClassAccuracy::iou)
                    .average()
                    .orElse(0);
            return new Accuracy(
                    matrix.compared() == 0 ? 0 : matrix.overallAccuracy(),
                    meanIou,
                    matrix.compared(),
                    matrix.unmapped(),
                    classes);
        }
    }

    static DemoReport of(Summary summary, Optional<Accuracy> accuracy, URI catalog, Duration total) {
        var urls = new TreeMap<String, String>();
        urls.put("map", catalog + "/");
        urls.put("acquisition", catalog + "/acquisitions/" + summary.acquisition());
        var files = new TreeMap<String, ProductFile>();
        summary.files().forEach((format, file) -> {
            // the catalogue may give addresses below its own
            var url = file.url().map(given -> catalog.resolve(given).toString());
            url.ifPresent(address -> urls.put(format, address));
            files.put(format, new ProductFile(file.key(), file.bytes(), file.sha256(), url));
        });
        return new DemoReport(summary.withFiles(files), accuracy, urls, total.toMillis() / 1000.0);
    }

    String text() {
        var text = new StringBuilder(summary.text());
        text.append(Summary.format("%-12s %.1f s, start and comparison included%n", "total time", totalSeconds));
        accuracy.ifPresent(measured -> {
            text.append('\n');
            var table = new Table("CLASS", "TRUE PX", "FOUND", "RIGHT", "IOU");
            for (var row : measured.classes()) {
                table.row(
                        row.label(),
                        Long.toString(row.truthPixels()),
                        Summary.format("%.1f %%", 100 * row.producersAccuracy()),
                        Summary.format("%.1f %%", 100 * row.usersAccuracy()),
                        Summary.format("%.3f", row.iou()));
            }
            text.append(table);
            text.append(Summary.format(
                    "%noverall accuracy %.2f %%, mean IoU %.3f, over %.2f Mpx; %d px of the truth not mapped%n",
                    100 * measured.overallAccuracy(),
                    measured.meanIou(),
                    measured.comparedPixels() / 1e6,
                    measured.unmappedPixels()));
        });
        return text.toString();
    }
}
