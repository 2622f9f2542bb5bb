// SPDX-License-Identifier: Apache-2.0
package org.survol.core.raster;

import java.io.Reader;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads XML that came with an image: no DTD, no entities from elsewhere, no word on the console. */
final class UntrustedXml {

    private UntrustedXml() {}

    static XMLStreamReader reader(Reader xml) throws XMLStreamException {
        return factory().createXMLStreamReader(xml);
    }

    private static XMLInputFactory factory() {
        var factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setXMLReporter((message, type, information, where) -> {});
        return factory;
    }
}
