import { createPrefixTable } from '../lib/prefix-table.ts';

/** A mobile network. */
export interface Operator {
  /** MCC and MNC digits, "20408" (contract §8.4). */
  readonly mccmnc: string;
  readonly name: string;
}

/**
 * The operator that the number's block was given to, by longest prefix; undefined where blocks say
 * nothing or are not in the table. Numbers move between operators and keep their digits, so this
 * is a hint for routing and reports until an operator's own word (a receipt) is known.
 */
export function findOperator(msisdn: string): Operator | undefined {
  return operators.find(msisdn);
}

/**
 * The mobile country code of a country (ISO 3166, two letters; ITU-T E.212), of several the first:
 * "310" for US. Undefined for what has no mobile networks of its own.
 */
export function findMobileCountryCode(country: string): string | undefined {
  return mobileCountryCodes.get(country);
}

/**
 * Number blocks, in E.164, by the operator whose network carries them today: brands that were
 * bought count as their buyer. Only whole blocks; of a block that was split up later, the pieces
 * of others stand in their own row.
 */
const blocks: readonly (readonly [mccmnc: string, name: string, prefixes: string])[] = [
  // Netherlands: +31 6 and two digits
  [
    '20408',
    'KPN',
    `31610 31612 31613 31616 31617 31620 31622 31623 31626 31630 31633 31644 31645 31647 31649 31651
     31653 31657 31658 31683`,
  ],
  [
    '20404',
    'Vodafone NL',
    '31611 31615 31621 31625 31627 31629 31631 31646 31650 31652 31654 31655 31680',
  ],
  ['20416', 'Odido', '31614 31624 31634 31636 31640 31641 31642 31643 31656 31681'],

  // Belgium: +32 4 and one or two digits
  ['20601', 'Proximus', '3247'],
  ['20610', 'Orange BE', '3249'],
  ['20620', 'Base', '32483 32484 32485 32486 32487 32488 32489'],

  // Germany: +49 1 and two or three digits
  ['26201', 'Telekom DE', '49151 49160 49170 49171 49175'],
  ['26202', 'Vodafone DE', '491520 491522 491523 49162 49172 49173 49174'],
  ['26203', 'O2 DE', '491573 491575 491577 491578 491579 491590 49163 49176 49177 49178 49179'],

  // France: +33 6 or 7 and two digits
  [
    '20801',
    'Orange FR',
    '33607 33608 33630 33631 33632 33633 33642 33643 33645 33647 33648 33654 3367 3368',
  ],
  ['20810', 'SFR', '33603 33609 3361 3362 33634 33635 33646 33655'],
  ['20820', 'Bouygues Telecom', '33650 33658 33659 3366 33698 33699'],
  ['20815', 'Free Mobile', '33651 33652 33695 33766 33767 33768 33769 33781 33782 33783'],

  // United Kingdom: +44 7 and two or three digits
  ['23410', 'O2 UK', '44751 44754 44756 44759 447710 447850 447860 447889 447955'],
  [
    '23415',
    'Vodafone UK',
    `447470 447471 447500 447501 447502 447503 447717 447747 447748 447766 447767 447768
     447769 447770 447771 447774 447775 447776 447778 447785 447786 447787 447788 447789 447795 447796 447798
     447799 447810 447818 447824 447825 447826 447827 447831 447833 447836 447880 447881 447884
     447887 447899 447900 447901 447909 447917 447918 447919 447990`,
  ],
  [
    '23420',
    'Three UK',
    `44747 447400 447401 447402 447403 447411 447412 447413 447414 447723 447727 447728 447735 447737
     447828 447830 447832 447838 447846 447848 447853 447859 447861 447862 447863 447865 447868
     447869 447877 447878 447882 447883 447886 447888 447897 447898 447915 447916 447988`,
  ],
  [
    '23430',
    'EE',
    `44794 44795 44796 44798 447504 447505 447506 447507 447508 447527 447528 447529 447530 447531
     447772 447773 447777 447779 447790 447791 447792 447794 447800 447805 447807 447811 447812
     447813 447814 447815 447816 447817 447866 447870 447875 447890 447891 447896 447903 447904
     447905 447906 447908 447910 447913 447914 447929 447930 447931 447932 447939 447970 447971
     447972 447973 447974 447975 447976 447977`,
  ],
];

/** Country and MCC, in the order of the codes: Europe, North America, Asia, Pacific, Africa, South. */
const countries = `
  GR 202 NL 204 BE 206 FR 208 MC 212 AD 213 ES 214 HU 216 BA 218 HR 219 RS 220 XK 221 IT 222 VA 225
  RO 226 CH 228 CZ 230 SK 231 AT 232 GB 234 GG 234 IM 234 JE 234 DK 238 SE 240 NO 242 SJ 242 FI 244
  AX 244 LT 246 LV 247 EE 248 RU 250 UA 255 BY 257 MD 259 PL 260 DE 262 GI 266 PT 268 LU 270 IE 272
  IS 274 AL 276 MT 278 CY 280 GE 282 AM 283 BG 284 TR 286 FO 288 GL 290 SM 292 SI 293 MK 294 LI 295
  ME 297
  CA 302 PM 308 US 310 GU 310 MP 310 PR 330 VI 332 MX 334 JM 338 GP 340 BL 340 MF 340 MQ 340 BB 342
  AG 344 KY 346 VG 348 BM 350 GD 352 MS 354 KN 356 LC 358 VC 360 CW 362 BQ 362 SX 362 AW 363 BS 364
  AI 365 DM 366 CU 368 DO 370 HT 372 TT 374 TC 376
  AZ 400 KZ 401 BT 402 IN 404 PK 410 AF 412 LK 413 MM 414 LB 415 JO 416 SY 417 IQ 418 KW 419 SA 420
  YE 421 OM 422 AE 424 IL 425 PS 425 BH 426 QA 427 MN 428 NP 429 IR 432 UZ 434 TJ 436 KG 437 TM 438
  JP 440 KR 450 VN 452 HK 454 MO 455 KH 456 LA 457 CN 460 TW 466 KP 467 BD 470 MV 472
  MY 502 AU 505 CC 505 CX 505 NF 505 ID 510 TL 514 PH 515 TH 520 SG 525 BN 528 NZ 530 NR 536 PG 537 TO 539
  SB 540 VU 541 FJ 542 WF 543 AS 544 KI 545 NC 546 PF 547 CK 548 WS 549 FM 550 MH 551 PW 552 TV 553
  TK 554 NU 555
  EG 602 DZ 603 MA 604 EH 604 TN 605 LY 606 GM 607 SN 608 MR 609 ML 610 GN 611 CI 612 BF 613 NE 614
  TG 615 BJ 616 MU 617 LR 618 SL 619 GH 620 NG 621 TD 622 CF 623 CM 624 CV 625 ST 626 GQ 627 GA 628
  CG 629 CD 630 AO 631 GW 632 SC 633 SD 634 RW 635 ET 636 SO 637 DJ 638 KE 639 TZ 640 UG 641 BI 642
  MZ 643 ZM 645 MG 646 RE 647 YT 647 ZW 648 NA 649 MW 650 LS 651 BW 652 SZ 653 KM 654 ZA 655 ER 657
  SH 658 AC 658 TA 658 SS 659
  BZ 702 GT 704 SV 706 HN 708 NI 710 CR 712 PA 714 PE 716 AR 722 BR 724 CL 730 CO 732 VE 734 BO 736
  GY 738 EC 740 GF 742 PY 744 SR 746 UY 748 FK 750`;

const operators = createPrefixTable(listBlocks());

const mobileCountryCodes: ReadonlyMap<string, string> = new Map(
  Array.from(countries.matchAll(/([A-Z]{2}) (\d{3})/g), ([, country = '', code = '']) => [
    country,
    code,
  ]),
);

function* listBlocks(): Generator<readonly [prefix: string, operator: Operator]> {
  for (const [mccmnc, name, prefixes] of blocks) {
    const operator = { mccmnc, name };
    for (const prefix of prefixes.split(/\s+/)) yield [prefix, operator];
  }
}
