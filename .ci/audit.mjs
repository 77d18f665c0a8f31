// Fails where an advisory of high severity or worse stands against a package that is needed at run time.
// A registry that serves no advisories cannot be asked: that is said, and is no failure.
import { spawnSync } from 'node:child_process';

const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' });
if (error) throw error;
const report = JSON.parse(stdout);
if (report.auditReportVersion === undefined) {
  console.log(`Not audited: ${report.message ?? 'the registry served no advisories'}`);
} else {
  const { high, critical, total } = report.metadata.vulnerabilities;
  for (const { name, severity, range } of Object.values(report.vulnerabilities)) {
    console.log(`${severity}: ${name} ${range}`);
  }
  console.log(`${total} advisories, ${high + critical} of them high or critical.`);
  process.exitCode = high + critical > 0 ? 1 : 0;
}
