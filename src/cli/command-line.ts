import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { caseCommands } from './cases.ts';
import { channelCommands } from './channels.ts';
import { keyCommands } from './keys.ts';
import { partnerCommands } from './partners.ts';
import { priceCommands } from './prices.ts';
import { productCommands } from './products.ts';
import { reconcileCommand } from './reconcile.ts';
import { serviceCommands } from './service.ts';
import { statementCommands } from './statements.ts';
import { venueCommands } from './venues.ts';

/** The whole command line, noun by noun. It throws where commander would end the process. */
export function commandLine(): Command {
  const program = new Command('allotment')
    .description("The operator's commands. Each has --help and --json.")
    .version(packageJson.version)
    .showHelpAfterError()
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  allotment channels show
  allotment channels move --product 106 --from ota --to direct --units 100
  allotment keys create --partner klook --permission inventory:read,reservations:write
  allotment payments list --verdict review

Exit codes: 0 done, 1 refused or failed, 2 not understood.`,
    );
  partnerCommands(program);
  keyCommands(program);
  productCommands(program);
  priceCommands(program);
  channelCommands(program);
  venueCommands(program);
  caseCommands(program);
  statementCommands(program);
  serviceCommands(program);
  reconcileCommand(program);
  return program;
}
