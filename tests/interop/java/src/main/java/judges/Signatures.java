package judges;

import eu.europa.esig.dss.detailedreport.DetailedReport;
import eu.europa.esig.dss.diagnostic.CertificateWrapper;
import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.validation.PDFDocumentValidator;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.ExternalResourcesOCSPSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.File;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

/** EU DSS: the signatures of a PDF or a CMS, by its default policy (EN 319 102-1). */
final class Signatures {
    private Signatures() {}

    /**
     * What to judge. All fields but {@code file} may be absent.
     *
     * <p>{@code content}: what a detached signature covers. {@code password}: of an encrypted PDF. {@code anchors},
     * {@code certificates}, {@code crls}, {@code ocsps}: files, PEM or DER. {@code at}: RFC 3339; default: now.
     */
    static class Job {
        String file;
        String content;
        String password;
        List<String> anchors = List.of();
        List<String> certificates = List.of();
        List<String> crls = List.of();
        List<String> ocsps = List.of();
        String at;
    }

    record Answer(List<Signature> signatures) {}

    /** {@code changes}: kinds of objects that changed after the signature, as DSS grades them. */
    record Signature(
            String id,
            String indication,
            String subIndication,
            String level,
            String signer,
            String field,
            boolean counterSignature,
            List<String> changes,
            List<String> timestampsOf,
            List<Timestamp> timestamps,
            List<String> errors,
            List<String> warnings) {}

    record Timestamp(String type, String indication, String subIndication, String at, String signer) {}

    static Answer judge(Job job) {
        CommonCertificateVerifier verifier = verifier(job);
        SignedDocumentValidator validator = validator(job);
        validator.setCertificateVerifier(verifier);
        if (job.content != null) {
            validator.setDetachedContents(List.of(document(job.content)));
        }
        if (job.at != null) {
            validator.setValidationTime(Date.from(Instant.parse(job.at)));
        }
        Reports reports = validator.validateDocument();
        List<Signature> signatures = new ArrayList<>();
        for (SignatureWrapper signature : reports.getDiagnosticData().getSignatures()) {
            signatures.add(describe(signature, reports));
        }
        return new Answer(signatures);
    }

    static CommonCertificateVerifier verifier(Job job) {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        // No source of AIA, CRL or OCSP is set but what the job names: nothing is fetched.
        verifier.setAIASource(null);
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        job.anchors.forEach(path -> trusted.addCertificate(certificate(path)));
        verifier.setTrustedCertSources(trusted);
        CommonCertificateSource adjunct = new CommonCertificateSource();
        job.certificates.forEach(path -> adjunct.addCertificate(certificate(path)));
        verifier.setAdjunctCertSources(adjunct);
        if (!job.crls.isEmpty()) {
            verifier.setCrlSource(new ExternalResourcesCRLSource(documents(job.crls)));
        }
        if (!job.ocsps.isEmpty()) {
            verifier.setOcspSource(new ExternalResourcesOCSPSource(documents(job.ocsps)));
        }
        return verifier;
    }

    private static SignedDocumentValidator validator(Job job) {
        DSSDocument document = document(job.file);
        if (job.password == null) {
            return SignedDocumentValidator.fromDocument(document);
        }
        PDFDocumentValidator validator = new PDFDocumentValidator(document);
        validator.setPasswordProtection(job.password.toCharArray());
        return validator;
    }

    private static Signature describe(SignatureWrapper signature, Reports reports) {
        SimpleReport simple = reports.getSimpleReport();
        DetailedReport detailed = reports.getDetailedReport();
        DiagnosticData facts = reports.getDiagnosticData();
        String id = signature.getId();
        List<Timestamp> timestamps = new ArrayList<>();
        for (TimestampWrapper timestamp : facts.getTimestampList(id)) {
            timestamps.add(new Timestamp(
                    name(timestamp.getType()),
                    name(detailed.getBasicTimestampValidationIndication(timestamp.getId())),
                    name(detailed.getBasicTimestampValidationSubIndication(timestamp.getId())),
                    timestamp.getProductionTime().toInstant().toString(),
                    subject(timestamp.getSigningCertificate())));
        }
        return new Signature(
                id,
                name(simple.getIndication(id)),
                name(simple.getSubIndication(id)),
                signature.getSignatureFormat().toString(),
                subject(signature.getSigningCertificate()),
                signature.getFirstFieldName(),
                signature.isCounterSignature(),
                changes(signature),
                timestamps.stream().map(Timestamp::type).toList(),
                timestamps,
                texts(simple.getAdESValidationErrors(id)),
                texts(simple.getAdESValidationWarnings(id)));
    }

    private static List<String> changes(SignatureWrapper signature) {
        List<String> changes = new ArrayList<>();
        signature.getPdfExtensionChanges().forEach(change -> changes.add("extension: " + change.getValue()));
        signature.getPdfSignatureOrFormFillChanges().forEach(change -> changes.add("form: " + change.getValue()));
        signature.getPdfAnnotationChanges().forEach(change -> changes.add("annotation: " + change.getValue()));
        signature.getPdfUndefinedChanges().forEach(change -> changes.add("undefined: " + change.getValue()));
        return changes;
    }

    private static List<String> texts(List<Message> messages) {
        return messages.stream().map(Message::getValue).toList();
    }

    private static String subject(CertificateWrapper certificate) {
        return certificate == null ? null : certificate.getCertificateDN();
    }

    private static String name(Enum<?> value) {
        return value == null ? null : value.name();
    }

    static DSSDocument document(String path) {
        File file = new File(path);
        if (!file.isFile()) {
            throw new IllegalArgumentException(path + " is no file");
        }
        return new FileDocument(file);
    }

    private static DSSDocument[] documents(List<String> paths) {
        return paths.stream().map(Signatures::document).toArray(DSSDocument[]::new);
    }

    static CertificateToken certificate(String path) {
        return DSSUtils.loadCertificate(new File(path));
    }
}
